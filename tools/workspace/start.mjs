#!/usr/bin/env node
// `npm start`: installs if needed, then launches a control plane and one agent.
import { ensureInstalled, runOnNode24 } from './bootstrap.mjs';

ensureInstalled();
runOnNode24('tools/launch/src/start/main.ts', process.argv.slice(2));
