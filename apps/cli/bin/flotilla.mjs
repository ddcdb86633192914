#!/usr/bin/env -S node --conditions=@flotilla/source
import '../src/main.ts';
