#!/usr/bin/env -S node --conditions=@flotilla/source --max-semi-space-size=2
import '../src/main.ts';
