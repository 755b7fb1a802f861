import { type Constants, committed } from '@zeroskip/kernels';
import type { Constant } from '@zeroskip/onnx';
import type { Place } from './place.ts';
import { densePlace, type MapShape } from './place.ts';

/** Floats in 64 bytes. */
const ALIGNMENT = 16;

export function alignUp(floats: number): number {
  return Math.ceil(floats / ALIGNMENT) * ALIGNMENT;
}

/** Offsets of constants, in each form that they were added in. */
type Offsets = WeakMap<Constant, Map<string, number>>;

/** Constants that the programs of a session have in common. */
export interface SharedConstants {
  readonly constants: Constants;
  readonly offsets: Offsets;
}

/** Gathers the constants of a program into one array, each aligned, but for those that are shared already. */
export class ConstantPool {
  readonly shared: SharedConstants | undefined;
  readonly offsets: Offsets = new WeakMap();
  readonly #parts: { offset: number; values: Float32Array }[] = [];
  #floats = 0;

  constructor(shared?: SharedConstants) {
    this.shared = shared;
  }

  add(values: Float32Array, shape: MapShape): Place {
    return densePlace(undefined, shape, this.#append(values));
  }

  /**
   * Adds a constant of the graph, once in each form.
   * @param values called where it is not there yet
   */
  addConstant(constant: Constant, form: string, values: () => Float32Array, shape: MapShape): Place {
    const shared = this.shared?.offsets.get(constant)?.get(form);
    if (shared !== undefined) return densePlace(undefined, shape, shared);
    const forms = this.offsets.get(constant) ?? new Map<string, number>();
    this.offsets.set(constant, forms);
    const offset = forms.get(form) ?? this.#append(values());
    forms.set(form, offset);
    return densePlace(undefined, shape, offset);
  }

  #append(values: Float32Array): number {
    const offset = this.#floats;
    this.#parts.push({ offset, values });
    this.#floats += alignUp(values.length);
    return (this.shared?.constants.length ?? 0) + offset;
  }

  toArray(): Float32Array {
    const all = committed(new Float32Array(this.#floats));
    for (const { offset, values } of this.#parts) all.set(values, offset);
    return all;
  }
}
