import type { ProgramRun } from '@zeroskip/kernels';
import { type ElementType, rangeError, sizeOf, type Tensor } from '@zeroskip/tensor';
import { isByte, type Place } from '../../lowering/place.ts';
import { turn, type Work, waited } from '../../values/work.ts';

/** Floats that the main thread copies between two turns of the event loop: 8 MB, a few milliseconds. */
const COPY_FLOATS = 1 << 21;

/** Throws where the buffer of a tensor was transferred or made smaller since the run began. */
export function assertWhole(name: string, { data, dims }: Tensor): void {
  if (data.length === sizeOf(dims)) return;
  const what = `the data of ${JSON.stringify(name)} during the run`;
  throw rangeError(what, `${sizeOf(dims)} values`, data.length, 'ERR_INVALID_SHAPE');
}

/** Copies the data of a tensor to the arena. */
export function* writeInTurns(run: ProgramRun, place: Place, name: string, tensor: Tensor): Work<void> {
  const size = sizeOf(tensor.dims);
  const { type } = tensor;
  const unit = isByte(type) ? Float32Array.BYTES_PER_ELEMENT : 1;
  const most = COPY_FLOATS * unit;
  for (let at = 0; at < size; at += most) {
    if (at > 0) yield* waited(turn);
    assertWhole(name, tensor);
    const data = tensor.data as Float32Array;
    const part = size > most ? data.subarray(at, at + most) : data;
    run.write(
      place.offset + at / unit,
      type === 'float32' ? part : unit === 1 ? numbersOf(part, type) : bitsOf(part),
    );
  }
}

/** Each as a number; a bool, which may be any number, as 0 or 1. */
function numbersOf(values: Float32Array, type: ElementType): Float32Array {
  return new Float32Array(type === 'bool' ? values.map((value) => Number(value !== 0)) : values);
}

/** Integers, four in the bits of each float. */
function bitsOf(bytes: ArrayLike<number>): Float32Array {
  const floats = new Float32Array(Math.ceil(bytes.length / Float32Array.BYTES_PER_ELEMENT));
  new Uint8Array(floats.buffer).set(bytes);
  return floats;
}
