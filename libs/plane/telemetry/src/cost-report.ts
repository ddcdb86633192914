import {
  LOCAL_SERVICE,
  type CostLine,
  type CostPart,
  type CostReport,
  type HardwarePrice,
  type Tariff,
} from '@flotilla/contracts';
import { energyCost, hardwareCost, roundedDivision, tariffAt } from './prices.ts';
import { energyBasis } from './rollup.ts';
import type { DeviceEntry, UsageSum } from './telemetry-store.ts';
import type { CostRequest, TimeRange } from './telemetry.ts';

/** Sums of one piece of the range, in which every tariff stays the same. */
export interface Segment extends TimeRange {
  devices: readonly UsageSum[];
  services: readonly UsageSum[];
}

interface Sum {
  key: string;
  label: string;
  tokensIn: number;
  tokensOut: number;
  requests: number;
  measuredMj: number;
  modelledMj: number;
  energyMicro: bigint;
  hardwareMicro: bigint;
}

/** Energy and hardware that no service caused: an idle box costs as well, and a report must not lose it. */
const REST = { key: 'none', label: 'no service' };

/**
 * What a range cost, by device, service, model or variant. Money is added in whole micro-units; hardware goes to a device's
 * services by how busy they were, and what no service caused has its own line, so that every way of cutting the
 * same range adds up to the same hardware and, where devices and services measure alike, the same energy.
 */
export function costReport({
  request,
  currency,
  segments,
  tariffs,
  prices,
  devices,
}: {
  request: CostRequest;
  currency: string;
  segments: readonly Segment[];
  tariffs: readonly Tariff[];
  prices: readonly HardwarePrice[];
  devices: readonly DeviceEntry[];
}): CostReport {
  const sums = new Map<string, Sum>();
  const missing = new Set<CostReport['missing'][number]>();
  const line = (key: string, label: string): Sum => {
    const found = sums.get(key) ?? emptySum(key, label);
    sums.set(key, found);
    return found;
  };
  const lineOf = (usage: UsageSum): Sum => {
    if (request.by === 'device') {
      const name = devices.find((device) => device.id === usage.deviceId)?.name;
      return line(usage.deviceId, name ?? usage.deviceId);
    }
    if (usage.service === undefined) return line(REST.key, REST.label);
    // Of a model that a box made for itself nothing is known but that it was one.
    if (request.by === 'service' || usage.service === LOCAL_SERVICE)
      return line(usage.service, usage.service);
    return request.by === 'model'
      ? line(usage.model ?? 'unknown', usage.modelTitle ?? 'unknown')
      : line(usage.variant ?? 'unknown', usage.variantName ?? 'unknown');
  };

  for (const segment of segments) {
    const usages = request.by === 'device' ? withTokens(segment) : withRest(segment);
    for (const usage of usages) {
      const tariff = tariffAt(tariffs, { at: segment.from, site: usage.site });
      const mj = usage.measuredMj + usage.modelledMj;
      if (tariff === undefined && mj > 0) missing.add('tariff');
      addUsage(lineOf(usage), usage, energyCost(mj, tariff?.perKwh.micro ?? 0));
    }
  }

  const busy = busyByDevice(segments);
  for (const device of devices) {
    const here = { from: device.joinedAt, to: device.revokedAt ?? Number.MAX_SAFE_INTEGER };
    const { micro, covered } = hardwareCost({ prices, deviceId: device.id, range: request, here });
    if (!covered) missing.add('hardware-price');
    if (micro === 0n) continue;
    const shares =
      request.by === 'device' ? [{ usage: idle(device.id), part: 1 }] : (busy.get(device.id) ?? []);
    for (const { usage, micro: part } of split(
      micro,
      shares.length > 0 ? shares : [{ usage: idle(device.id), part: 1 }],
    )) {
      lineOf(usage).hardwareMicro += part;
    }
  }

  const lines = [...sums.values()].sort((a, b) => compare(b, a));
  const total = lines.reduce((sum, next) => addSums(sum, next), emptySum('total', 'total'));
  return {
    from: request.from,
    to: request.to,
    by: request.by,
    currency,
    lines: lines.map((sum) => toLine(sum, currency)),
    total: toLine(total, currency),
    missing: [...missing].sort(),
  };
}

function emptySum(key: string, label: string): Sum {
  return {
    key,
    label,
    tokensIn: 0,
    tokensOut: 0,
    requests: 0,
    measuredMj: 0,
    modelledMj: 0,
    energyMicro: 0n,
    hardwareMicro: 0n,
  };
}

function addUsage(sum: Sum, usage: UsageSum, energyMicro: bigint): void {
  sum.tokensIn += usage.tokensIn;
  sum.tokensOut += usage.tokensOut;
  sum.requests += usage.requests;
  sum.measuredMj += usage.measuredMj;
  sum.modelledMj += usage.modelledMj;
  sum.energyMicro += energyMicro;
}

function addSums(a: Sum, b: Sum): Sum {
  return {
    ...a,
    tokensIn: a.tokensIn + b.tokensIn,
    tokensOut: a.tokensOut + b.tokensOut,
    requests: a.requests + b.requests,
    measuredMj: a.measuredMj + b.measuredMj,
    modelledMj: a.modelledMj + b.modelledMj,
    energyMicro: a.energyMicro + b.energyMicro,
    hardwareMicro: a.hardwareMicro + b.hardwareMicro,
  };
}

function compare(a: Sum, b: Sum): number {
  const difference = a.energyMicro + a.hardwareMicro - (b.energyMicro + b.hardwareMicro);
  return difference === 0n ? (a.key < b.key ? 1 : -1) : difference > 0n ? 1 : -1;
}

/** Whole boxes with the tokens of their services: a box's own sum knows energy only. */
function withTokens({ devices, services }: Segment): UsageSum[] {
  const energyless = services.map((usage) => ({ ...usage, measuredMj: 0, modelledMj: 0 }));
  return [...devices, ...energyless];
}

/** Services, and per box what its services do not explain. */
function withRest({ devices, services }: Segment): UsageSum[] {
  const rest = devices.map((box): UsageSum => {
    const own = services.filter((usage) => usage.deviceId === box.deviceId && usage.site === box.site);
    const explained = (of: 'measuredMj' | 'modelledMj'): number =>
      own.reduce((sum, usage) => sum + usage[of], 0);
    return {
      ...box,
      measuredMj: Math.max(0, box.measuredMj - explained('measuredMj')),
      modelledMj: Math.max(0, box.modelledMj - explained('modelledMj')),
    };
  });
  return [...services, ...rest.filter((box) => box.measuredMj + box.modelledMj > 0)];
}

interface Part {
  usage: UsageSum;
  part: number;
}

/** Per device its services' busy time; equal parts where none was busy. */
function busyByDevice(segments: readonly Segment[]): Map<string, Part[]> {
  const parts = new Map<string, Part[]>();
  for (const usage of segments.flatMap((segment) => segment.services)) {
    const own = parts.get(usage.deviceId) ?? [];
    own.push({ usage, part: usage.busyMs });
    parts.set(usage.deviceId, own);
  }
  for (const [deviceId, own] of parts) {
    if (own.every(({ part }) => part === 0)) {
      parts.set(
        deviceId,
        own.map(({ usage }) => ({ usage, part: 1 })),
      );
    }
  }
  return parts;
}

/** Shares out a whole number so that the parts add up to it: the last one takes what rounding left. */
function split(micro: bigint, parts: readonly Part[]): Array<{ usage: UsageSum; micro: bigint }> {
  const whole = parts.reduce((sum, { part }) => sum + BigInt(part), 0n);
  let left = micro;
  return parts.map(({ usage, part }, index) => {
    const share =
      index === parts.length - 1 ? left : roundedDivision(micro * BigInt(part), whole === 0n ? 1n : whole);
    left -= share;
    return { usage, micro: share };
  });
}

function idle(deviceId: string): UsageSum {
  return {
    deviceId,
    site: undefined,
    service: undefined,
    variant: undefined,
    variantName: undefined,
    model: undefined,
    modelTitle: undefined,
    requests: 0,
    tokensIn: 0,
    tokensOut: 0,
    busyMs: 0,
    measuredMj: 0,
    modelledMj: 0,
  };
}

function toLine(sum: Sum, currency: string): CostLine {
  const total = sum.energyMicro + sum.hardwareMicro;
  const tokens = BigInt(sum.tokensIn + sum.tokensOut);
  const basis = energyBasis(sum);
  // Straight-line depreciation is a model by nature.
  const totalBasis = sum.hardwareMicro === 0n ? basis : 'modelled';
  const part = (micro: bigint, how: CostPart['basis']): CostPart => ({
    amount: { micro: Number(micro), currency },
    basis: how,
  });
  return {
    key: sum.key,
    label: sum.label,
    tokensIn: sum.tokensIn,
    tokensOut: sum.tokensOut,
    requests: sum.requests,
    joules: { measured: sum.measuredMj / 1_000, modelled: sum.modelledMj / 1_000 },
    energy: part(sum.energyMicro, basis),
    hardware: part(sum.hardwareMicro, 'modelled'),
    total: part(total, totalBasis),
    ...(tokens > 0n && { perMillionTokens: part(roundedDivision(total * 1_000_000n, tokens), totalBasis) }),
  };
}
