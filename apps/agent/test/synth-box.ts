import { startForkedEngine } from '@flotilla/agent-serving';
import { tempFolder } from '@flotilla/testkit';
import { serveBox, type ServedBox } from './serve-box.ts';
import { smallDeployment } from './small-deployment.ts';

/** The box API on a real port, over a real engine with a model that was made for the test. */
export async function synthBox({
  variant,
  write,
  queueLimit,
  sequences,
}: {
  variant: string;
  /** Writes the GGUF. */
  write: (path: string) => Promise<unknown>;
  queueLimit?: number;
  /** Default 2. */
  sequences?: number;
}): Promise<ServedBox> {
  const folder = await tempFolder({ name: 'box' });
  const modelPath = folder.file('model.gguf');
  await write(modelPath);
  const box = await serveBox({
    startEngine: startForkedEngine,
    queueLimit,
    deployment: smallDeployment({ variant, digest: 'ab12', modelPath, sequences }),
  });
  return {
    ...box,
    async stop() {
      await box.stop();
      await folder.remove();
    },
  };
}
