#!/usr/bin/env node
import { runCli } from './cli.ts';

process.exitCode = await runCli({ argv: process.argv.slice(2), env: process.env });
// Whatever still holds the loop must not keep a program alive that has said its last word.
setTimeout(() => process.exit(), 1_000).unref();
