#!/usr/bin/env node
// `npm test`: installs if needed, then runs every test there is.
import { checkFlags, ensureInstalled, runOnNode24 } from './bootstrap.mjs';

const args = process.argv.slice(2);
checkFlags('tools/launch/src/test/help.txt', args);
await ensureInstalled();
runOnNode24('tools/launch/src/test/main.ts', args);
