import { startForkedEngine } from '@flotilla/agent-serving';
import { starterModels } from '@flotilla/starter-models';
import { serveBox, type ServedBox } from './serve-box.ts';
import { smallDeployment } from './small-deployment.ts';

/** The box API on a real port, over a real engine with the smallest starter model: what clients are driven against. */
export async function starterBox({ queueLimit = 16 }: { queueLimit?: number } = {}): Promise<
  ServedBox & { variant: string; digest: string }
> {
  const [model] = starterModels().filter(({ quantization }) => quantization === 'Q8_0');
  if (model === undefined) throw new TypeError('There is no starter model.');
  const { variant, sha256: digest, path: modelPath } = model;
  const box = await serveBox({
    startEngine: startForkedEngine,
    queueLimit,
    deployment: smallDeployment({ variant, digest, modelPath }),
  });
  return { ...box, variant, digest };
}
