import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Prints every specifier that is resolved while the entry is imported. */
function resolvedBy(entry: string): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); seen.push(found.url); return found; } });
    await import(${JSON.stringify(entry)});
    console.log(JSON.stringify(seen));
  `;
  return promisify(execFile)(
    process.execPath,
    ['--conditions=@flotilla/source', '--input-type=module', '--eval', program],
    {
      cwd: import.meta.dirname,
    },
  ).then(({ stdout }) => JSON.parse(stdout) as string[]);
}

it('never loads node-llama-cpp into the supervisor', async () => {
  const resolved = await resolvedBy('@flotilla/agent-serving');
  expect(resolved.some((url) => url.endsWith('/forked-engine.ts'))).toBe(true);
  expect(
    resolved.filter((url) => url.includes('node-llama-cpp') || url.includes('/engine-process/')),
  ).toEqual([]);
});
