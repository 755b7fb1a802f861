import type { GraphValue } from '../graph.ts';
import { modelError } from '../onnx/model-error.ts';
import type { Emitter, KerasValue } from './emitter.ts';
import { Layer } from './layer.ts';
import { translations } from './layers/index.ts';
import {
  type LayerEntry,
  type Network,
  readFunctional,
  readSequential,
  type TensorReference,
} from './schema.ts';

/** Models inside models. */
const MAX_DEPTH = 16;

/** What the inputs of a network are: the graph's own, or values of the network around it. */
type Inputs = readonly KerasValue[] | undefined;

/** Writes networks into one graph. */
export class NetworkWriter {
  /** Inputs of the graph, as the outermost network declares them. */
  readonly inputs: GraphValue[] = [];
  readonly #emitter: Emitter;
  readonly #maxRank: number;
  #depth = 0;

  constructor(emitter: Emitter, maxRank: number) {
    this.#emitter = emitter;
    this.#maxRank = maxRank;
  }

  /** The outputs of a network, with the names of the layers that they come from. */
  write({ class_name: className, config }: Network, given: Inputs): { name: string; value: KerasValue }[] {
    const what = `config of the ${className} model`;
    if (++this.#depth > MAX_DEPTH) {
      throw modelError('models inside models', `at most ${MAX_DEPTH}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    try {
      if (className === 'Sequential') return this.#sequential(readSequential(config, what), given, what);
      if (className === 'Model' || className === 'Functional') return this.#functional(config, given, what);
      const expected = 'Sequential, Model or Functional';
      throw modelError('class_name of the model', expected, className, 'ERR_UNSUPPORTED_OPERATOR');
    } finally {
      this.#depth--;
    }
  }

  #sequential(layers: readonly LayerEntry[], given: Inputs, what: string) {
    const [first] = layers;
    if (first === undefined) throw modelError(`layers of ${what}`, 'at least one', 'none');
    let values = given ?? [this.#input(first)];
    let name = first.class_name;
    for (const entry of layers) {
      if (entry.class_name === 'InputLayer') continue;
      name = new Layer(entry).name;
      values = this.#call(entry, values);
    }
    return values.map((value) => ({ name, value }));
  }

  #functional(config: unknown, given: Inputs, what: string) {
    const { layers, input_layers: inputLayers, output_layers: outputLayers } = readFunctional(config, what);
    const entries = new Map<string, LayerEntry>();
    for (const entry of layers) {
      const { name } = new Layer(entry);
      if (entries.has(name)) throw modelError(`layers of ${what}`, 'names without duplicates', name);
      entries.set(name, entry);
    }
    if (given !== undefined && given.length !== inputLayers.length) {
      throw modelError(`inputs of the ${what}`, String(inputLayers.length), given.length);
    }
    const known = new Map<string, readonly KerasValue[]>();
    const key = ([layer, call]: TensorReference) => JSON.stringify([layer, call]);
    for (const [i, reference] of inputLayers.entries()) {
      const entry = entries.get(reference[0]);
      if (entry === undefined) throw modelError(`input_layers of ${what}`, 'a layer', reference[0]);
      known.set(key(reference), [given?.[i] ?? this.#input(entry)]);
    }
    this.#calls(entries, outputLayers, known, key, what);
    return outputLayers.map((reference) => ({
      name: reference[0],
      value: outputOf(known.get(key(reference))!, reference, what),
    }));
  }

  /** Computes every call that `wanted` stands on, without recursion: networks may be thousands of layers deep. */
  #calls(
    entries: ReadonlyMap<string, LayerEntry>,
    wanted: readonly TensorReference[],
    known: Map<string, readonly KerasValue[]>,
    key: (reference: TensorReference) => string,
    what: string,
  ): void {
    const stack = [...wanted].reverse();
    const open = new Set<string>();
    while (stack.length > 0) {
      const reference = stack.at(-1)!;
      const [name, call] = reference;
      if (known.has(key(reference))) {
        stack.pop();
        continue;
      }
      const entry = entries.get(name);
      const inbound = entry?.inbound_nodes[call];
      if (entry === undefined || inbound === undefined) {
        throw modelError(`a tensor of ${what}`, 'a call of one of its layers', reference.slice(0, 3));
      }
      const missing = inbound.filter((input) => !known.has(key(input)));
      if (missing.length > 0) {
        if (open.has(key(reference))) throw modelError(what, 'no cycles', `a cycle through layer ${name}`);
        open.add(key(reference));
        stack.push(...missing.reverse());
        continue;
      }
      const inputs = inbound.map((input) => outputOf(known.get(key(input))!, input, what));
      known.set(key(reference), this.#call(entry, inputs));
      stack.pop();
    }
  }

  #call(entry: LayerEntry, inputs: readonly KerasValue[]): readonly KerasValue[] {
    const layer = new Layer(entry);
    const { className } = layer;
    if (className === 'Sequential' || className === 'Model' || className === 'Functional') {
      return this.write(entry, inputs).map(({ value }) => value);
    }
    const translate = translations.get(className);
    if (translate === undefined) {
      throw layer.unsupported('class_name', `one of ${[...translations.keys()].join(', ')}`, className);
    }
    return [translate(layer, inputs, this.#emitter)];
  }

  /** Declares an input of the graph, shaped as the layer says; a dim that is open gets a name. */
  #input(entry: LayerEntry): KerasValue {
    const layer = new Layer(entry);
    const shape = layer.raw('batch_input_shape') ?? layer.raw('batch_shape');
    const isShape =
      Array.isArray(shape) &&
      shape.length > 0 &&
      shape.every((dim) => dim === null || (Number.isSafeInteger(dim) && (dim as number) >= 0));
    if (!isShape) throw layer.error('batch_input_shape', 'dims, null where they are open', shape);
    if (shape.length > this.#maxRank) {
      throw layer.error('rank of the input', `at most ${this.#maxRank}`, shape.length, 'ERR_LIMIT_EXCEEDED');
    }
    const type = layer.string('dtype', 'float32');
    if (type !== 'float32') throw layer.error('dtype', 'float32', type, 'ERR_UNSUPPORTED_TYPE');
    const name = this.#emitter.fresh(layer.name);
    const dims = (shape as (number | null)[]).map((dim, axis) => dim ?? (axis === 0 ? 'batch' : ''));
    this.inputs.push({ name, type, dims });
    return { name, rank: dims.length, order: 'model' };
  }
}

function outputOf(
  values: readonly KerasValue[],
  [layer, , index]: TensorReference,
  what: string,
): KerasValue {
  const value = values[index];
  if (value === undefined) {
    throw modelError(`output of layer ${JSON.stringify(layer)} in ${what}`, `below ${values.length}`, index);
  }
  return value;
}
