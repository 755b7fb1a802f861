import type { Activation, BinaryFunction, Reduction, UnaryFunction } from '@zeroskip/kernels';
import type { GraphNode, InputValue, NodeView } from '@zeroskip/onnx';
import type { ConvSpec } from '@zeroskip/tensor';
import {
  type Action,
  type ConvLayer,
  copyStep,
  type Origin,
  type PlacedStep,
  type QuantizedLayer,
} from './actions.ts';
import type { ConstantPool } from './constant-pool.ts';
import { isByte, isInFloats, type MapShape, type Place } from './place.ts';
import type { Values } from './values.ts';

/** Kernel, strides and dilations as height and width; padding at the top, left, bottom and right. */
type PoolWindow = Pick<ConvSpec, 'kernel' | 'strides' | 'dilations' | 'pads'>;

/** A window of one pixel. */
export const onePixel: PoolWindow = {
  kernel: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [0, 0, 0, 0],
};

const noActivation: Activation = { name: 'none' };

/** By node: most were lowered before, for other dims. */
const keys = new WeakMap<GraphNode, string>();

/** Tells apart nodes that differ in inputs, output or activation, also under one name. */
function nodeKey(node: GraphNode): string {
  const { inputs, outputs, activation } = node;
  const fused = activation && `${activation.name} ${activation.alpha} ${activation.beta}`;
  const key = keys.get(node) ?? JSON.stringify([inputs, outputs[0], fused]);
  keys.set(node, key);
  return key;
}

/** What one of several convolutions of a node computes. */
interface Part {
  /** What its name has behind the node's. */
  readonly suffix: string;
  /** Its part of the output, or of a map that is added to it. */
  of(map: Place): Place;
}

const whole: Part = { suffix: '', of: (map) => map };

/**
 * What operators emit native steps with. The functions beside it that lower a node emit its steps and return
 * true, or emit nothing and return false.
 */
export class Lowering {
  readonly values: Values;
  readonly pool: ConstantPool;
  readonly #actions: Action[];
  readonly #densities: ReadonlyMap<string, number>;
  #origin: Origin = { name: '', opType: '' };
  /** Of the node. */
  #convolutions = 0;

  /** @param densities expected of values; without zeros where there is none */
  constructor(values: Values, pool: ConstantPool, actions: Action[], densities: ReadonlyMap<string, number>) {
    this.values = values;
    this.pool = pool;
    this.#actions = actions;
    this.#densities = densities;
  }

  /** The node that steps emitted from now on belong to. */
  begin(node: GraphNode): void {
    this.#origin = node;
    this.#convolutions = 0;
  }

  emit(step: PlacedStep): void {
    this.#actions.push({ kind: 'step', origin: this.#origin, step });
  }

  emitUnary(name: UnaryFunction, input: Place, output: Place, alpha = 0, beta = 0): void {
    this.emit({ op: 'elementwise', inputs: [input], code: [{ function: name, a: 0, alpha, beta }], output });
  }

  /** The same number in every element of a map that is its own. */
  number(value: number): Place {
    return this.perChannel(Float32Array.of(value));
  }

  /** Each dim of the operands is the output's or 1. */
  emitBinary(name: BinaryFunction, a: Place, b: Place, output: Place): void {
    this.emit({ op: 'elementwise', inputs: [a, b], code: [{ function: name, a: 0, b: 1 }], output });
  }

  /** Each dim of the input is the output's or 1. */
  emitCopy(input: Place, output: Place): void {
    this.emit(copyStep(input, output));
  }

  emitPool(
    kind: 'max' | 'average',
    window: PoolWindow,
    countIncludePad: boolean,
    input: Place,
    output: Place,
  ): void {
    this.emit({
      op: 'pool',
      kind,
      kernelH: window.kernel[0],
      kernelW: window.kernel[1],
      strideH: window.strides[0],
      strideW: window.strides[1],
      dilationH: window.dilations[0],
      dilationW: window.dilations[1],
      padTop: window.pads[0],
      padLeft: window.pads[1],
      padBottom: window.pads[2],
      padRight: window.pads[3],
      countIncludePad,
      input,
      output,
    });
  }

  /** Over the axes along which `output` has 1. */
  emitReduction(kind: Reduction, input: Place, output: Place): void {
    this.emit({ op: 'reduce', kind, input, output });
  }

  /** A channels-last map with nothing in it yet. */
  temporary(shape: MapShape): Place {
    return this.values.newPlace(shape);
  }

  /** Whether native steps take the value: floats, bools, or 8-bit integers that are computed. */
  isNative({ type, constant }: InputValue): boolean {
    return isInFloats(type) || (isByte(type) && !constant);
  }

  /** The value channels-last. */
  map(input: InputValue): Place {
    return this.values.map(input.name);
  }

  /** A channels-last home for output `index`. */
  output(node: NodeView, index: number): Place {
    return this.values.defineMap(node.node.outputs[index]!);
  }

  /** A constant with one value per channel, or one for all. */
  perChannel(values: Float32Array): Place {
    return this.pool.add(values, { n: 1, h: 1, w: 1, c: values.length });
  }

  emitConvolution(
    node: NodeView,
    { spec, weights, bias }: Pick<ConvLayer, 'spec' | 'weights' | 'bias'>,
    input: Place,
    output: Place,
    activation = noActivation,
    part = whole,
  ): void {
    const { name, inputs, addend } = node.node;
    this.emit({
      op: 'conv',
      layer: {
        name: name + part.suffix,
        key: `${nodeKey(node.node)} ${this.#convolutions++}`,
        spec,
        weights,
        bias,
        constants: node.inputs.flatMap((value) => value?.constant ?? []),
        activation,
        inputDims: [input.n, input.c, input.h, input.w],
        expectedDensity: this.#densities.get(inputs[0]!) ?? 1,
      },
      input,
      output: part.of(output),
      ...(addend && { addend: part.of(this.values.map(addend.name)), addFirst: addend.beforeActivation }),
    });
  }

  /**
   * @param inputs the map, and where they are told at a run its scale and zero point
   * @param layer whose result is float32 where the node has an addend
   * @param integers a map that is added to integers
   */
  emitQuantized(
    node: NodeView,
    layer: Pick<QuantizedLayer, 'spec' | 'weights' | 'zeros' | 'bias' | 'result'>,
    inputs: readonly Place[],
    output: Place,
    integers?: Place,
  ): void {
    const { addend } = node.node;
    const added = addend ? this.values.map(addend.name) : integers;
    this.emit({
      op: 'quantizedConv',
      layer: {
        ...layer,
        key: `${nodeKey(node.node)} ${this.#convolutions++}`,
        constants: node.inputs.flatMap((value) => value?.constant ?? []),
      },
      inputs: [...inputs, ...(added ? [added] : [])],
      dynamic: inputs.length > 1,
      adds: added !== undefined,
      addFirst: addend?.beforeActivation ?? false,
      output,
    });
  }
}
