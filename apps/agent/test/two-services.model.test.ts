import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { joinAgent, startAgent, type AgentProcess, type Status } from './agent-process.ts';
import { freePlanePorts, startPlane, type PlaneProcess } from './plane-process.ts';

/*
 * Two services of a real control plane on a real box whose own cap holds one of them: each of the smallest starter
 * models takes about 180 MB with its process.
 */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const CAP = '300MB';
let folder: TempFolder;
let plane: PlaneProcess;
let agent: AgentProcess;
let deviceId: string;

beforeAll(async () => {
  folder = await tempFolder({ name: 'two-services' });
  plane = await startPlane({ folder: folder.file('plane'), ports: await freePlanePorts() });
  deviceId = await joinAgent({ token: await plane.joinToken(), folder: folder.file('box') });
  agent = await startAgent({ folder: folder.file('box'), args: ['--memory-cap', CAP] });
});

afterAll(async () => {
  await agent.child.kill9();
  await plane.child.kill9();
  await folder.remove();
});

const states = ({ services }: Status): Record<string, string> =>
  Object.fromEntries(services.map(({ service, state }) => [service, state]));

async function ask(model: string): Promise<number> {
  const answer = await fetch(`${agent.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 8, messages: [{ role: 'user', content: 'Lock the door' }] }),
  });
  await answer.text();
  return answer.status;
}

it('takes turns, each woken by a request, and says which one sleeps', async () => {
  const { release } = await plane.release();
  await plane.rollOut(`assistant@${release.revision}`);
  await agent.serves(release.revision);
  await plane.release({ service: 'helper' });
  await plane.rollOut('helper@1');
  await agent.until('helper serves and assistant sleeps', (status) => {
    const { assistant, helper } = states(status);
    return assistant === 'sleeping' && helper === 'serving';
  });
  expect(await ask('assistant')).toBe(200);
  expect(states(await agent.status())).toEqual({ assistant: 'serving', helper: 'sleeping' });
  expect(await Promise.all([ask('helper'), ask('assistant'), ask('helper')])).toEqual([200, 200, 200]);
  // The control plane counts both as what it wanted, and knows the box's own cap.
  await agent.until('the line is up', ({ link }) => link.mqtt === 'connected');
  await vi.waitFor(
    async () => {
      const device = await plane.device(deviceId);
      expect(device.reported.map(({ state }) => state).sort()).toEqual(['serving', 'sleeping']);
      expect(device.facts?.memory.capBytes).toBe(300_000_000);
      expect(device.state).toBe('ready');
    },
    { timeout: 60_000, interval: 500 },
  );
});

it('brings both back after a restart, the second one asleep', async () => {
  await agent.child.kill9();
  agent = await startAgent({ folder: folder.file('box'), args: ['--memory-cap', CAP] });
  const status = await agent.until('one serves and one sleeps', (now) => {
    const all = Object.values(states(now)).sort();
    return all.join() === 'serving,sleeping';
  });
  for (const service of Object.keys(states(status))) expect(await ask(service)).toBe(200);
});
