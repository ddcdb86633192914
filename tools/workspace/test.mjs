#!/usr/bin/env node
// `npm test`: installs if needed, then runs every test there is.
import { ensureInstalled, runOnNode24 } from './bootstrap.mjs';

ensureInstalled();
runOnNode24('tools/launch/src/test/main.ts', process.argv.slice(2));
