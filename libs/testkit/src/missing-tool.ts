import { FlotillaError } from '@flotilla/contracts';

/** The refusal of a test part whose program is not installed: it names the program and how to get it. */
export function missingTool({ program, fix }: { program: string; fix: string }): FlotillaError {
  return new FlotillaError('missing-tool', `${program} is not installed. ${fix}`, {
    details: { about: program, fix },
  });
}
