import { describe, expect, it } from 'vitest';
import { loadAgentConfig } from './config.ts';

describe("the agent's configuration", () => {
  it('is refused with everything that is wrong, labels included', async () => {
    const env = {
      FLOTILLA_DATA: '/nowhere',
      FLOTILLA_LABELS: 'Site=lisbon,floor=2',
      FLOTILLA_HTTP_PORT: '99999',
    };
    await expect(loadAgentConfig({ env, flags: {} })).rejects.toThrow(
      /2 problems:[^]*`Site=lisbon`: must be 1 to 63 lower-case[^]*http\.port/,
    );
  });
});
