import { tensorByteLength, tensorTypeName, type GgufHeader } from '@flotilla/sizing';

const DEFAULT_ALIGNMENT = 32;
const MOST_DIMENSIONS = 4;
/** ggml keeps names in 64 bytes, the last of them zero. */
const LONGEST_NAME = 63;
/** Numbers that the engine computes no product with: a matrix of them loads and then ends the process. */
const NO_WEIGHTS = new Set(['I8', 'I16', 'I32', 'I64', 'F64', 'Q8_1', 'Q8_K']);
const PLAIN_NUMBERS = new Set(['F32', 'F16', 'BF16']);

/** Why the engine would refuse to map the tensors, or abort on them; undefined when they lie as it expects. */
export function checkTensorLayout({ metadata, tensors }: GgufHeader): string | undefined {
  const stated = metadata.get('general.alignment');
  const alignment = typeof stated === 'number' ? stated : DEFAULT_ALIGNMENT;
  if (!Number.isInteger(Math.log2(alignment))) return `its alignment ${alignment} is no power of two`;
  let expected = 0;
  for (const tensor of tensors) {
    const { name, dimensions, offset, type } = tensor;
    if (name.length > LONGEST_NAME) return `the tensor name ${name} is longer than ${LONGEST_NAME} bytes`;
    if (dimensions.length > MOST_DIMENSIONS) return `tensor ${name} has ${dimensions.length} dimensions`;
    if (offset !== expected) return `tensor ${name} lies at ${offset} and not at ${expected}`;
    const typeName = tensorTypeName(type);
    if (typeName !== undefined && NO_WEIGHTS.has(typeName) && dimensions.length > 1) {
      return `tensor ${name} is of ${typeName}, which no weights can be of`;
    }
    // Normalisation multiplies single numbers: no back end does that with packed ones.
    if (/_norm\.weight$/.test(name) && !PLAIN_NUMBERS.has(typeName ?? '')) {
      return `tensor ${name} is of ${typeName ?? 'an unknown type'} and must be of F32`;
    }
    expected += Math.ceil((tensorByteLength(tensor) ?? 0) / alignment) * alignment;
  }
  return undefined;
}
