#!/usr/bin/env -S MALLOC_TRIM_THRESHOLD_=131072 MALLOC_ARENA_MAX=2 node --conditions=@flotilla/source --max-semi-space-size=1 --no-maglev
import '../src/main.ts';
