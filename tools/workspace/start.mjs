#!/usr/bin/env node
// `npm start`: installs if needed, then launches a control plane and one agent.
import { checkFlags, ensureInstalled, runOnNode24 } from './bootstrap.mjs';

const args = process.argv.slice(2);
checkFlags('tools/launch/src/start/help.txt', args);
await ensureInstalled();
runOnNode24('tools/launch/src/start/main.ts', args);
