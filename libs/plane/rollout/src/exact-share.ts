/** A decimal as people wrote it, as a fraction of whole numbers: 0.9 is 9/10 and nothing else. */
export interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/** The shortest decimal that reads as this number, exactly; a gate must not depend on how binary rounds 0.9. */
export function decimalFraction(value: number): Fraction {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  const whole = match?.[1];
  if (whole === undefined) return { numerator: 0n, denominator: 1n };
  const part = match?.[2] ?? '';
  const exponent = Number(match?.[3] ?? 0) - part.length;
  const digits = BigInt(whole + part);
  return exponent >= 0
    ? { numerator: digits * 10n ** BigInt(exponent), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-exponent) };
}

/** Is `part` of `whole` at least this share? Of nothing, any share is reached. */
export function reachesShare(part: number, whole: number, share: number): boolean {
  const { numerator, denominator } = decimalFraction(share);
  return BigInt(part) * denominator >= numerator * BigInt(whole);
}

/** `percent` of `total`, rounded up. */
export function percentOf(percent: number, total: number): number {
  const { numerator, denominator } = decimalFraction(percent);
  const by = denominator * 100n;
  return Number((BigInt(total) * numerator + by - 1n) / by);
}
