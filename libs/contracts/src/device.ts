import { z } from 'zod';
import { openEnum } from './open-enum.ts';
import { Bytes, DurationMs, SaidText, Share, TimeMs } from './scalars.ts';

export const CpuFacts = z.object({
  model: SaidText(256).optional(),
  arch: SaidText(32).describe('As Node names it: x64, arm64, ...'),
  cores: z.int().min(1).describe('Logical cores of the machine.'),
  usableCores: z
    .number()
    .min(0.01)
    .describe('Cores this process may use: affinity and cgroup quota; may be a fraction.'),
  instructionSets: z.array(SaidText(32)).max(128).default([]),
  maxMhz: z.number().min(0).optional(),
});
export type CpuFacts = z.infer<typeof CpuFacts>;

export const MemoryFacts = z.object({
  totalBytes: Bytes.describe('min(physical, cgroup limit).'),
  availableBytes: Bytes.describe('What could be taken now without swapping, within the cgroup limit.'),
  physicalBytes: Bytes.optional(),
  cgroupLimitBytes: Bytes.optional(),
  swapTotalBytes: Bytes.optional(),
  capBytes: Bytes.optional().describe(
    'Most that all models together may take by the configuration of the agent itself; absent: no such limit.',
  ),
  bandwidthBytesPerSecond: z
    .number()
    .min(0)
    .optional()
    .describe('Measured by copying for about 100 ms; read plus write.'),
});
export type MemoryFacts = z.infer<typeof MemoryFacts>;

export const GpuFacts = z.object({
  name: SaidText(256),
  backend: openEnum(['cuda', 'vulkan', 'metal', 'none']).describe(
    'The engine backend that can use it here; none when it cannot.',
  ),
  memoryTotalBytes: Bytes.optional(),
  memoryFreeBytes: Bytes.optional(),
  unified: z.boolean().optional().describe('The GPU shares the memory of the machine.'),
});
export type GpuFacts = z.infer<typeof GpuFacts>;

/** What the agent detected. A probe that failed leaves its fact out and is named in `unknown`. */
export const DeviceFacts = z
  .object({
    v: z.literal(1),
    at: TimeMs,
    hostname: SaidText(253).optional(),
    os: z.object({
      platform: SaidText(32).describe('As Node names it: linux, darwin, win32.'),
      distribution: SaidText(128).optional(),
      release: SaidText(128).optional(),
      kernel: SaidText(128).optional(),
    }),
    machine: z.object({ vendor: SaidText(128).optional(), model: SaidText(128).optional() }).optional(),
    cpu: CpuFacts,
    memory: MemoryFacts,
    gpus: z.array(GpuFacts).max(16).default([]),
    disk: z.object({ totalBytes: Bytes, freeBytes: Bytes, path: SaidText(1024).optional() }).optional(),
    power: z
      .object({
        source: openEnum(['mains', 'battery']),
        batteryShare: Share.optional(),
      })
      .optional(),
    temperatureC: z.number().optional(),
    bootId: SaidText(64).optional(),
    uptimeMs: DurationMs.optional(),
    unknown: z
      .array(z.object({ probe: SaidText(64), reason: SaidText(512) }))
      .max(64)
      .default([])
      .describe('Probes that failed here, and why.'),
  })
  .meta({ id: 'DeviceFacts' });
export type DeviceFacts = z.infer<typeof DeviceFacts>;

/** What an agent can do. A release names those it needs; one that is not in this list blocks it. */
export const CAPABILITIES = [
  'release-v1',
  'golden-prompts-v1',
  'chunked-pull-v1',
  'system-prompt-v1',
  'memory-share-v1',
  'min-speed-v1',
  'adapter-v1',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** The software on a device. */
export const AgentInfo = z
  .object({
    version: SaidText(64),
    engine: SaidText(64).optional().describe('Engine release, such as `llama.cpp b8500` with its binding.'),
    protocols: z
      .array(SaidText(32))
      .max(16)
      .describe('Wire versions it speaks, such as `mqtt/1`, `gateway/1`.'),
    capabilities: z.array(SaidText(64)).max(128),
  })
  .meta({ id: 'AgentInfo' });
export type AgentInfo = z.infer<typeof AgentInfo>;
