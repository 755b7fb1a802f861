import type { LayerEntry } from './layers-interface.ts';
import { SymbolicTensor } from './model-tensor.ts';

/** A layer of a Layers model, as far as programs look at it to choose an output. */
export class Layer {
  readonly name: string;
  readonly #entry: LayerEntry;

  constructor(entry: LayerEntry) {
    this.name = entry.name;
    this.#entry = entry;
  }

  getClassName(): string {
    return this.#entry.className;
  }

  /** As the model has it. */
  getConfig(): Readonly<Record<string, unknown>> {
    return this.#entry.config;
  }

  /** Its name is what `execute` takes. */
  get output(): SymbolicTensor {
    return new SymbolicTensor({ name: this.name, dtype: 'float32' });
  }
}
