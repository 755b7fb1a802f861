import type { Place } from './place.ts';
import { densePlace, type MapShape } from './place.ts';

/** Floats in 64 bytes. */
const ALIGNMENT = 16;

export function alignUp(floats: number): number {
  return Math.ceil(floats / ALIGNMENT) * ALIGNMENT;
}

/** Gathers the constants of a program into one array, each aligned. */
export class ConstantPool {
  readonly #parts: { offset: number; values: Float32Array }[] = [];
  readonly #places = new Map<string, number>();
  #floats = 0;

  /** @param key equal keys stand for equal values and share their place */
  add(values: Float32Array, shape: MapShape, key?: string): Place {
    let offset = key === undefined ? undefined : this.#places.get(key);
    if (offset === undefined) {
      offset = this.#floats;
      this.#parts.push({ offset, values });
      this.#floats += alignUp(values.length);
      if (key !== undefined) this.#places.set(key, offset);
    }
    return densePlace(undefined, shape, offset);
  }

  toArray(): Float32Array {
    const all = new Float32Array(this.#floats);
    for (const { offset, values } of this.#parts) all.set(values, offset);
    return all;
  }
}
