#!/usr/bin/env -S node --conditions=@flotilla/source --max-semi-space-size=1
import '../src/main.ts';
