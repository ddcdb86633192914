import { findProgram } from './find-program.ts';
import { missingTool } from './missing-tool.ts';

/** The browser to test with: `CHROMIUM_PATH`, or the installed chromium. Throws `missing-tool`. */
export function chromiumPath(): string {
  const path =
    process.env['CHROMIUM_PATH'] ?? findProgram({ names: ['chromium', 'chromium-browser', 'google-chrome'] });
  if (path) return path;
  throw missingTool({
    program: 'chromium',
    fix: 'Install it (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.',
  });
}
