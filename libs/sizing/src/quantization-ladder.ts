/** What a quantization is good for. */
export type QuantizationVerdict = 'reference' | 'good' | 'tight' | 'warn' | 'refuse';

export interface QuantizationStep {
  /** As GGUF files name it. */
  name: string;
  /** Bits per weight, over a whole model. */
  bitsPerWeight: number;
  /** Mean Kullback-Leibler divergence from F16 on Llama-3-8B; absent where it was not measured. */
  meanKld?: number;
  verdict: QuantizationVerdict;
  /** Least parameters for which it is worth using. */
  fromParameters: number;
}

const BILLION = 1e9;

/**
 * Quantizations from the best to the worst answer. Bits per weight from llama.cpp `tools/quantize/README.md`, divergence
 * from `tools/perplexity/README.md` (Llama-3-8B, WikiText-2, F16 as the base; with an importance matrix where one is
 * usual). The bands behind the verdicts are ours: below 0.01 negligible, below 0.05 small, below 0.15 moderate, above
 * that large; better-trained and smaller models suffer more, hence `fromParameters`.
 */
export const QUANTIZATION_LADDER: readonly QuantizationStep[] = [
  { name: 'F32', bitsPerWeight: 32, meanKld: 0, verdict: 'reference', fromParameters: 0 },
  { name: 'BF16', bitsPerWeight: 16, meanKld: 0, verdict: 'reference', fromParameters: 0 },
  { name: 'F16', bitsPerWeight: 16, meanKld: 0, verdict: 'reference', fromParameters: 0 },
  { name: 'Q8_0', bitsPerWeight: 8.5, meanKld: 0.0014, verdict: 'reference', fromParameters: 0 },
  { name: 'Q6_K', bitsPerWeight: 6.56, meanKld: 0.0055, verdict: 'good', fromParameters: 0 },
  { name: 'Q5_K_M', bitsPerWeight: 5.7, meanKld: 0.011, verdict: 'good', fromParameters: 1 * BILLION },
  { name: 'Q5_K_S', bitsPerWeight: 5.57, verdict: 'good', fromParameters: 1 * BILLION },
  { name: 'Q4_K_M', bitsPerWeight: 4.89, meanKld: 0.031, verdict: 'good', fromParameters: 2 * BILLION },
  { name: 'IQ4_XS', bitsPerWeight: 4.46, meanKld: 0.036, verdict: 'tight', fromParameters: 2 * BILLION },
  { name: 'Q4_K_S', bitsPerWeight: 4.67, meanKld: 0.043, verdict: 'tight', fromParameters: 2 * BILLION },
  { name: 'Q4_0', bitsPerWeight: 4.6, meanKld: 0.072, verdict: 'tight', fromParameters: 2 * BILLION },
  { name: 'Q3_K_M', bitsPerWeight: 3.9, meanKld: 0.102, verdict: 'warn', fromParameters: 7 * BILLION },
  { name: 'IQ3_XXS', bitsPerWeight: 3.25, meanKld: 0.184, verdict: 'warn', fromParameters: 14 * BILLION },
  { name: 'Q2_K', bitsPerWeight: 3.16, meanKld: 0.445, verdict: 'refuse', fromParameters: 24 * BILLION },
  { name: 'IQ1_S', bitsPerWeight: 2, meanKld: 2.2, verdict: 'refuse', fromParameters: Infinity },
];

/** The step of a quantization, whatever its case; undefined for one the ladder does not know. */
export function quantizationStep(name: string): QuantizationStep | undefined {
  return QUANTIZATION_LADDER.find((step) => step.name === name.toUpperCase());
}

/** Bytes of the weights of a model at a quantization, for a model of which no file is at hand. */
export function weightsBytes({
  parameters,
  quantization,
}: {
  parameters: number;
  quantization: string;
}): number | undefined {
  const step = quantizationStep(quantization);
  return step === undefined ? undefined : Math.ceil((parameters * step.bitsPerWeight) / 8);
}

/** Negative when the first answers better than the second; 0 when either is unknown, so that a sort leaves them. */
export function compareQuality(one: string, other: string): number {
  const [first, second] = [one, other].map((name) =>
    QUANTIZATION_LADDER.findIndex((step) => step.name === name.toUpperCase()),
  );
  return first === undefined || second === undefined || first < 0 || second < 0 ? 0 : first - second;
}

/** What to tell someone who puts a model of that size at that quantization into a release; undefined when nothing. */
export function quantizationWarning({
  parameters,
  quantization,
}: {
  parameters: number;
  quantization: string;
}): string | undefined {
  const step = quantizationStep(quantization);
  if (step === undefined || parameters >= step.fromParameters) return undefined;
  if (!Number.isFinite(step.fromParameters)) return `${step.name} loses too much to answer anything.`;
  const billions = (value: number): string => `${Math.round(value / 1e8) / 10} billion`;
  return (
    `${step.name} is for models of ${billions(step.fromParameters)} parameters or more, this one has ${billions(parameters)}; ` +
    'a smaller model at a better quantization usually answers better.'
  );
}
