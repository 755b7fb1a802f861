import { isNarrowFloat, type Tensor, widenFloats } from '@zeroskip/tensor';

/** The numbers that elements stand for. */
const numbers = ({ type, data }: Tensor): ArrayLike<unknown> =>
  isNarrowFloat(type) ? widenFloats(type, data as Uint8Array) : data;

/** The first element outside `absolute + relative · |expected|`, in words; undefined when there is none. */
export function firstDifference(
  actual: Tensor,
  expected: Tensor,
  relative = 1e-3,
  absolute = 1e-7,
): string | undefined {
  if (actual.type !== expected.type) return `type ${actual.type} instead of ${expected.type}`;
  if (actual.dims.join() !== expected.dims.join())
    return `dims [${actual.dims}] instead of [${expected.dims}]`;
  const [found, wanted] = [numbers(actual), numbers(expected)];
  for (let i = 0; i < expected.size; i++) {
    const [a, b] = [Number(found[i]), Number(wanted[i])];
    if (Object.is(a, b) || a === b) continue;
    if (!(Math.abs(a - b) <= absolute + relative * Math.abs(b))) return `${a} instead of ${b} at ${i}`;
  }
  return undefined;
}
