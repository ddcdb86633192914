import { formatNumber } from '../format/numbers.ts';

/** `shop-lora`, and how strongly it is applied where that is not as it was trained. */
export function adapterText({ name, scale }: { name: string; scale: number }): string {
  return scale === 1 ? name : `${name} × ${formatNumber(scale)}`;
}
