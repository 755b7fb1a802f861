import { type GraphValue, type LayerClass, type LayerClasses, type Limits, modelError } from '@zeroskip/onnx';
import type { Emitter } from './emitter.ts';
import type { KerasValue } from './keras-value.ts';
import { Layer } from './layer.ts';
import { translations } from './layers/index.ts';
import { shipped } from './layers/shipped.ts';
import { isNetwork, missingClasses } from './missing-classes.ts';
import {
  type Functional,
  type LayerEntry,
  type Network,
  readFunctional,
  readSequential,
  type TensorReference,
} from './schema.ts';
import type { Weights } from './weights.ts';

/** Models inside models. */
const MAX_DEPTH = 16;

/** What the inputs of a network are: the graph's own, or values of the network around it. */
type Inputs = readonly KerasValue[] | undefined;

const keyOf = ([layer, call]: TensorReference) => JSON.stringify([layer, call]);

/** Writes networks into one graph. */
export class NetworkWriter {
  /** Inputs of the graph, as the outermost network declares them. */
  readonly inputs: GraphValue[] = [];
  /** What the first call of each layer of the outermost network gives. */
  readonly #firstCalls = new Map<string, KerasValue>();
  readonly #emitter: Emitter;
  readonly #weights: Weights;
  readonly #limits: Limits;
  /** Names of the models around the layer that is being written. */
  readonly #path: string[] = [];
  /** The outermost network. */
  #whole: Network | undefined;
  #layers = 0;

  readonly #classes: ReadonlyMap<string, LayerClass>;

  /** @param classes beside those that are known; of one name, the given one counts */
  constructor(emitter: Emitter, weights: Weights, limits: Limits, classes: LayerClasses = {}) {
    this.#classes = new Map(Object.entries({ ...shipped, ...classes }));
    this.#emitter = emitter;
    this.#weights = weights;
    this.#limits = limits;
  }

  /** The outputs of a network, with the names of the layers that they come from. */
  write(network: Network, given: Inputs): { name: string; value: KerasValue }[] {
    const { class_name: className, config } = network;
    this.#whole ??= network;
    const what = `config of the ${className} model`;
    if (className === 'Sequential') return this.#sequential(readSequential(config, what), given, what);
    if (isNetwork(className)) return this.#functional(readFunctional(config, what), given, what);
    const expected = 'Sequential, Model or Functional';
    throw modelError('class_name of the model', expected, className, 'ERR_UNSUPPORTED_OPERATOR');
  }

  /** Of the outermost network, the first output of a layer's first call. */
  layerOutput(name: string): KerasValue {
    const value = this.#firstCalls.get(name);
    if (value === undefined) throw modelError('option outputs', 'names of layers of the model', name);
    return value;
  }

  /** Layers by name. A model that others use counts each time, as its layers are written each time. */
  #entries(layers: readonly LayerEntry[], what: string): Map<string, LayerEntry> {
    const { maxNodes } = this.#limits;
    this.#layers += layers.length;
    if (this.#layers > maxNodes) {
      throw modelError('number of layers', `at most ${maxNodes}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    const entries = new Map<string, LayerEntry>();
    for (const entry of layers) {
      const { name } = new Layer(entry);
      if (entries.has(name)) throw modelError(`layers of ${what}`, 'names without duplicates', name);
      entries.set(name, entry);
    }
    return entries;
  }

  #sequential(layers: readonly LayerEntry[], given: Inputs, what: string) {
    const [first] = layers;
    if (first === undefined) throw modelError(`layers of ${what}`, 'at least one', 'none');
    let values: readonly KerasValue[] = given ?? [this.#firstInput(first, what, 0)];
    let name = '';
    for (const [own, entry] of this.#entries(layers, what)) {
      name = own;
      if (entry.class_name !== 'InputLayer') values = this.#call(entry, values);
    }
    return values.map((value) => ({ name, value }));
  }

  #functional(network: Functional, given: Inputs, what: string) {
    const { layers, input_layers: inputLayers, output_layers: outputLayers } = network;
    const entries = this.#entries(layers, what);
    if (given !== undefined && given.length !== inputLayers.length) {
      throw modelError(`inputs of the ${what}`, String(inputLayers.length), given.length);
    }
    const known = new Map<string, readonly KerasValue[]>();
    for (const [i, reference] of inputLayers.entries()) {
      const entry = entries.get(reference[0]);
      if (entry === undefined) throw modelError(`input_layers of ${what}`, 'a layer', reference[0]);
      const key = keyOf(reference);
      if (known.has(key)) throw modelError(`input_layers of ${what}`, 'each layer once', reference[0]);
      known.set(key, [given?.[i] ?? this.#input(entry)]);
    }
    this.#calls(entries, outputLayers, known, countedFromOne(layers, outputLayers), what);
    return outputLayers.map((reference) => ({
      name: reference[0],
      value: outputOf(known.get(keyOf(reference))!, reference, what),
    }));
  }

  /** Computes every call that `wanted` stands on, without recursion: networks may be thousands of layers deep. */
  #calls(
    entries: ReadonlyMap<string, LayerEntry>,
    wanted: readonly TensorReference[],
    known: Map<string, readonly KerasValue[]>,
    fromOne: ReadonlySet<string>,
    what: string,
  ): void {
    const stack = [...wanted].reverse();
    const open = new Set<string>();
    while (stack.length > 0) {
      const reference = stack.at(-1)!;
      const [name, call] = reference;
      const key = keyOf(reference);
      if (known.has(key)) {
        stack.pop();
        continue;
      }
      const entry = entries.get(name);
      const inbound = entry?.inbound_nodes[fromOne.has(name) ? call - 1 : call];
      if (entry === undefined || inbound === undefined) {
        throw modelError(`a tensor of ${what}`, 'a call of one of its layers', reference.slice(0, 3));
      }
      const missing = inbound.filter((input) => !known.has(keyOf(input)));
      if (missing.length > 0) {
        if (open.has(key)) throw modelError(what, 'no cycles', `a cycle through layer ${name}`);
        open.add(key);
        for (const input of missing.reverse()) stack.push(input);
        continue;
      }
      const inputs = inbound.map((input) => outputOf(known.get(keyOf(input))!, input, what));
      known.set(key, this.#call(entry, inputs));
      stack.pop();
    }
  }

  #call(entry: LayerEntry, inputs: readonly KerasValue[]): readonly KerasValue[] {
    const outputs = this.#called(entry, inputs);
    const { name } = new Layer(entry);
    if (this.#path.length === 0 && !this.#firstCalls.has(name)) this.#firstCalls.set(name, outputs[0]!);
    return outputs;
  }

  #called(entry: LayerEntry, inputs: readonly KerasValue[]): readonly KerasValue[] {
    const path = [...this.#path];
    const layer = new Layer(entry, (name, kind) => this.#weights.find(path, name, kind));
    const { name, className } = layer;
    if (isNetwork(className)) return this.#inner(name, entry, inputs);
    const composed = this.#classes.get(className);
    if (composed !== undefined) return this.#composed(layer, composed(entry.config), inputs);
    const translate = translations.get(className);
    if (translate === undefined) {
      const isKnown = (name: string) => translations.has(name) || this.#classes.has(name);
      throw missingClasses(this.#whole!, layer, isKnown);
    }
    return [translate(layer, inputs, this.#emitter)];
  }

  /** A layer whose class is given as others that follow one another. */
  #composed(layer: Layer, description: unknown, inputs: readonly KerasValue[]): readonly KerasValue[] {
    const what = `option layers, for class ${layer.className},`;
    const parts = readSequential(description, what);
    const config = { layers: parts.map((part, i) => ({ ...part, name: part.name ?? `${layer.name}/${i}` })) };
    return this.#inner(layer.name, { class_name: 'Sequential', config }, inputs);
  }

  #inner(name: string, network: Network, inputs: readonly KerasValue[]): readonly KerasValue[] {
    if (this.#path.length === MAX_DEPTH) throw tooDeep();
    this.#path.push(name);
    const outputs = this.write(network, inputs);
    this.#path.pop();
    return outputs.map(({ value }) => value);
  }

  /** The input of the graph that feeds a sequence: its first layer declares it, also when this is a model itself. */
  #firstInput(first: LayerEntry, what: string, depth: number): KerasValue {
    if (depth === MAX_DEPTH) throw tooDeep();
    if (first.class_name === 'Sequential') {
      const [inner] = readSequential(first.config, what);
      if (inner === undefined) throw modelError(`layers of ${what}`, 'at least one', 'none');
      return this.#firstInput(inner, what, depth + 1);
    }
    if (!isNetwork(first.class_name)) return this.#input(first);
    const { layers, input_layers: inputLayers } = readFunctional(first.config, what);
    const [reference, ...others] = inputLayers;
    const entry = layers.find((layer) => new Layer(layer).name === reference?.[0]);
    if (entry === undefined || others.length > 0) {
      const names = inputLayers.map(([name]) => name);
      throw modelError(`input_layers of ${what}`, 'one layer', names);
    }
    return this.#input(entry);
  }

  /** Declares an input of the graph, shaped as the layer says; the batch has a name where it is open. */
  #input(entry: LayerEntry): KerasValue {
    const layer = new Layer(entry);
    const shape = layer.raw('batch_input_shape') ?? layer.raw('batch_shape');
    const isShape =
      Array.isArray(shape) &&
      shape.length > 0 &&
      shape.every((dim) => dim === null || (Number.isSafeInteger(dim) && (dim as number) >= 0));
    if (!isShape) throw layer.error('batch_input_shape', 'dims, null where they are open', shape);
    const { maxRank } = this.#limits;
    if (shape.length > maxRank) {
      throw layer.error('rank of the input', `at most ${maxRank}`, shape.length, 'ERR_LIMIT_EXCEEDED');
    }
    const type = layer.dtype();
    if (type !== 'float32') throw layer.error('dtype', 'float32', type, 'ERR_UNSUPPORTED_TYPE');
    const name = this.#emitter.reserve(layer.className === 'InputLayer' ? layer.name : `${layer.name}_input`);
    const dims = (shape as (number | null)[]).map((dim, axis) => dim ?? (axis === 0 ? 'batch' : ''));
    this.inputs.push({ name, type, dims });
    return { name, rank: dims.length, order: 'model' };
  }
}

/**
 * Models whose calls count from 1. Keras takes the making of a model for its first call, and leaves it out of the
 * list of calls; every call is referred to, or it would not be in the file.
 */
function countedFromOne(layers: readonly LayerEntry[], outputs: readonly TensorReference[]): Set<string> {
  const calls = new Map<string, number>();
  for (const entry of layers) {
    if (isNetwork(entry.class_name)) calls.set(new Layer(entry).name, entry.inbound_nodes.length);
  }
  const counted = new Set<string>();
  for (const [name, call] of [...layers.flatMap((entry) => entry.inbound_nodes.flat()), ...outputs]) {
    if (call === calls.get(name)) counted.add(name);
  }
  return counted;
}

function tooDeep() {
  return modelError('models inside models', `at most ${MAX_DEPTH}`, 'more', 'ERR_LIMIT_EXCEEDED');
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
