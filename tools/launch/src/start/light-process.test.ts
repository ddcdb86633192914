import { readFileSync } from 'node:fs';
import { LIGHT_PROCESS } from '@flotilla/kernel';
import { describe, expect, it } from 'vitest';

describe('the programs of the apps', () => {
  it.each(['agent/bin/flotilla-agent.mjs', 'control-plane/bin/flotilla-control-plane.mjs'])(
    'apps/%s runs as light as npm start has it',
    (file) => {
      const source = readFileSync(new URL(`../../../../apps/${file}`, import.meta.url), 'utf8');
      const { nodeFlags, environment } = LIGHT_PROCESS;
      const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      expect(source.split('\n')[0]).toBe(
        ['#!/usr/bin/env -S', ...variables, 'node --conditions=@flotilla/source', ...nodeFlags].join(' '),
      );
    },
  );
});
