import { describe, expect, it } from 'vitest';

import { countCpuList, parseAffinity, parseCpuinfo, parseMeminfo, parseOsRelease } from './parse-proc.ts';

describe('/proc/meminfo', () => {
  it('gives total, available and swap in bytes', () => {
    const text =
      'MemTotal:       24684084 kB\nMemFree:        23723676 kB\nMemAvailable:   24237056 kB\nSwapTotal:      0 kB\n';
    expect(parseMeminfo(text)).toEqual({
      physicalBytes: 24_684_084 * 1024,
      availableBytes: 24_237_056 * 1024,
      swapTotalBytes: 0,
    });
  });

  it('of an old kernel is available by what is free and cached', () => {
    const text = 'MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 20 kB\nCached: 300 kB\n';
    expect(parseMeminfo(text)?.availableBytes).toBe(420 * 1024);
  });

  it('without a total is not understood', () => {
    expect(parseMeminfo('nonsense')).toBeUndefined();
  });
});

describe('/proc/cpuinfo', () => {
  it('of a PC gives its name and the sets that matter to an engine', () => {
    const text =
      'processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu vme avx2 fma f16c avx512f avx512_vnni smap\n\nprocessor\t: 1\n';
    expect(parseCpuinfo(text)).toEqual({
      model: 'AMD EPYC',
      instructionSets: ['avx2', 'fma', 'f16c', 'avx512f', 'avx512_vnni'],
    });
  });

  it('of a Raspberry Pi 5 gives the board, and the sets by their ARM names', () => {
    const text =
      'processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp\n' +
      'CPU implementer\t: 0x41\nCPU part\t: 0xd0b\n\nRevision\t: d04170\nSerial\t\t: 0\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n';
    expect(parseCpuinfo(text)).toEqual({
      model: 'Raspberry Pi 5 Model B Rev 1.0',
      instructionSets: ['asimd', 'aes', 'fphp', 'asimdhp', 'asimddp'],
    });
  });

  it('that says nothing gives nothing', () => {
    expect(parseCpuinfo('')).toEqual({ model: undefined, instructionSets: [] });
  });
});

it.each([
  ['0-1', 2],
  ['0', 1],
  ['0-3,8,10-11', 7],
  ['', undefined],
  ['0-x', undefined],
])('a list of processors %j has %j', (list, count) => {
  expect(countCpuList(list)).toBe(count);
});

it('affinity is read from the status of the process', () => {
  expect(parseAffinity('Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,6\nMems_allowed:\t1\n')).toBe(
    5,
  );
  expect(parseAffinity('Name:\tnode\n')).toBeUndefined();
});

it.each([
  [
    'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
    { distribution: 'Debian GNU/Linux', release: '12' },
  ],
  ['NAME=Fedora\nVERSION_ID=41\n', { distribution: 'Fedora', release: '41' }],
  ['', { distribution: undefined, release: undefined }],
])('os-release %j is %j', (text, expected) => {
  expect(parseOsRelease(text)).toEqual(expected);
});
