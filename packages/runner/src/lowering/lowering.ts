import type { Activation, BinaryFunction, UnaryFunction } from '@zeroskip/kernels';
import { type ConvSpec, convSpec, sizeOf, Tensor } from '@zeroskip/tensor';
import { type Constant, constantFrom, type GraphNode } from '../graph.ts';
import type { InputValue, NodeView } from '../ops/node-view.ts';
import type { AxisTable } from '../ops/resize.ts';
import type { Window } from '../ops/window.ts';
import type { Action, Origin, PlacedStep } from './actions.ts';
import type { ConstantPool } from './constant-pool.ts';
import {
  aligned,
  broadcastsByMapAxis,
  densePlace,
  isDense,
  type MapShape,
  mapShape,
  type Order,
  type Place,
  type SubMap,
  samePlace,
  singleAxes,
  subPlace,
} from './place.ts';
import {
  asRange,
  type BlockGather,
  gatherOfPermutation,
  gatherOfTables,
  identityAxis,
  pickAxis,
} from './tables.ts';
import type { Values } from './values.ts';

const noActivation: Activation = { name: 'none' };

/** A window of one pixel. */
const pixel: Omit<Window, 'input' | 'pads'> = {
  spatialRank: 2,
  kernel: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
};

/** A convolution to emit. */
export interface ConvolutionRequest {
  readonly spec: ConvSpec;
  readonly weights: Constant;
  readonly bias: Constant | undefined;
  /** Where the input is, when it is not the node's first input as it stands. */
  readonly input?: Place;
}

/** Operands of an element-wise operator, in maps of one order. */
export interface ElementwisePlaces {
  readonly operands: Place[];
  /** A home for the node's output in the same order. */
  output(node: NodeView, index: number): Place;
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/**
 * What operators lower themselves with. Each method that takes a node emits native steps for it and returns
 * true, or emits nothing and returns false.
 */
export class Lowering {
  readonly #values: Values;
  readonly #pool: ConstantPool;
  readonly #actions: Action[];
  #origin: Origin = { name: '', opType: '' };

  constructor(values: Values, pool: ConstantPool, actions: Action[]) {
    this.#values = values;
    this.#pool = pool;
    this.#actions = actions;
  }

  /** The node that steps emitted from now on belong to. */
  begin(node: GraphNode): void {
    this.#origin = node;
  }

  emit(step: PlacedStep): void {
    this.#actions.push({ kind: 'step', origin: this.#origin, step });
  }

  emitUnary(name: UnaryFunction, input: Place, output: Place, alpha = 0, beta = 0): void {
    this.emit({ op: 'unary', function: name, alpha, beta, input, output });
  }

  emitBinary(name: BinaryFunction, a: Place, b: Place, output: Place, activation = noActivation): void {
    const { name: fused, alpha = 0, beta = 0 } = activation;
    this.emit({ op: 'binary', function: name, a, b, output, activation: fused, alpha, beta });
  }

  #emitPool(
    kind: 'max' | 'average',
    window: Window,
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

  /** Reduces every channel of every image of `input` to one element of `output`. */
  emitGlobalPool(kind: 'max' | 'average', input: Place, output: Place): void {
    const window: Window = {
      spatialRank: 2,
      input: [input.h, input.w],
      kernel: [input.h, input.w],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [0, 0, 0, 0],
    };
    this.#emitPool(kind, window, false, input, output);
  }

  /** A channels-last map with nothing in it yet. */
  temporary(shape: MapShape): Place {
    return this.#values.newPlace(shape);
  }

  /** The value channels-last. */
  map(input: InputValue): Place {
    return this.#values.map(input.name);
  }

  /** A channels-last home for output `index`. */
  output(node: NodeView, index: number): Place {
    return this.#values.defineMap(node.node.outputs[index]!);
  }

  /** A constant with one value per channel, or one for all. */
  perChannel(values: Float32Array): Place {
    return this.#pool.add(values, { n: 1, h: 1, w: 1, c: values.length });
  }

  /**
   * Operands under the dims they broadcast to, in whichever order needs fewer conversions; undefined where an
   * operand does not broadcast by whole map axes, or is not float32.
   */
  elementwise(outDims: readonly number[], operands: readonly InputValue[]): ElementwisePlaces | undefined {
    if (operands.some(({ type, dims }) => type !== 'float32' || dims.length > outDims.length))
      return undefined;
    const computed = operands.filter(({ constant }) => !constant);
    const rowsFirst = computed.length > 0 && computed.every(({ name }) => this.#values.prefersRows(name));
    const orders: readonly Order[] = rowsFirst ? ['rowMajor', 'channelsLast'] : ['channelsLast', 'rowMajor'];
    const shapes = operands.map(({ dims }) => aligned(dims, outDims.length));
    const order = orders.find((candidate) =>
      shapes.every((dims) => broadcastsByMapAxis(dims, outDims, candidate)),
    );
    if (!order) return undefined;
    return {
      operands: operands.map((operand, i) => this.#values.mapAs(operand, shapes[i]!, order)),
      output: (node, index) => {
        const name = node.node.outputs[index]!;
        if (order === 'channelsLast') return this.#values.defineMap(name);
        const rows = this.#values.defineRows(name);
        return densePlace(rows.region, mapShape(outDims, 'rowMajor'), rows.offset);
      },
    };
  }

  unary(node: NodeView, name: UnaryFunction, alpha: number, beta: number): boolean {
    const input = node.input(0);
    const places = this.elementwise(input.dims, [input]);
    if (!places) return false;
    this.emitUnary(name, places.operands[0]!, places.output(node, 0), alpha, beta);
    return true;
  }

  binary(node: NodeView, name: BinaryFunction, a: InputValue, b: InputValue): boolean {
    const outDims = this.#values.type(node.node.outputs[0]!).dims;
    const full = [a, b].map((operand) => sameDims(operand.dims, outDims));
    const commutes = name !== 'sub' && name !== 'div' && name !== 'pow';
    if (!full[0] && (!full[1] || name === 'pow')) return false;
    const places = this.elementwise(outDims, [a, b]);
    if (!places) return false;
    const [x, y] = places.operands as [Place, Place];
    const activation = node.node.activation ?? noActivation;
    if (full[0]) {
      this.emitBinary(name, x, y, places.output(node, 0), activation);
    } else if (commutes) {
      this.emitBinary(name, y, x, places.output(node, 0), activation);
    } else {
      // a - b = a + (-b) and a / b = (1 / b) · a, with the full operand first.
      const turned = this.temporary(y);
      this.emitUnary(name === 'sub' ? 'neg' : 'reciprocal', y, turned);
      this.emitBinary(name === 'sub' ? 'add' : 'mul', turned, x, places.output(node, 0), activation);
    }
    return true;
  }

  /** `inputs` combined one after the other by a function whose order does not matter, then divided. */
  chain(node: NodeView, name: BinaryFunction, inputs: readonly InputValue[], divisor: number): boolean {
    const outDims = this.#values.type(node.node.outputs[0]!).dims;
    if (inputs.length === 1) return this.reshape(node, outDims);
    const first = inputs.findIndex(({ dims }) => sameDims(dims, outDims));
    if (first < 0) return false;
    const places = this.elementwise(outDims, inputs);
    if (!places) return false;
    const [start] = places.operands.splice(first, 1) as [Place];
    let sum = start;
    for (const [i, operand] of places.operands.entries()) {
      const last = i === places.operands.length - 1 && divisor === 1;
      const target = last ? places.output(node, 0) : sum === start ? this.temporary(start) : sum;
      this.emitBinary(name, sum, operand, target);
      sum = target;
    }
    if (divisor !== 1)
      this.emitBinary('div', sum, this.perChannel(new Float32Array([divisor])), places.output(node, 0));
    return true;
  }

  /** The first input's elements under other dims: no step where their order in memory stays the same. */
  reshape(node: NodeView, outDims: readonly number[]): boolean {
    const input = node.input(0);
    if (input.type !== 'float32' || this.#values.isHostOnly(input.name)) return false;
    const name = node.node.outputs[0]!;
    const shape = mapShape(outDims, 'channelsLast');
    const own = mapShape(input.dims, 'channelsLast');
    if (shape.n === own.n && shape.c === own.c && !this.#values.prefersRows(input.name)) {
      this.#values.aliasMap(name, { ...this.map(input), h: shape.h, w: shape.w });
    } else {
      this.#values.aliasRows(name, this.#values.rows(input.name));
    }
    return true;
  }

  /** Takes element `tables[axis][i]` of each axis of the first input, -1 standing for `fill`. */
  select(
    node: NodeView,
    output: number,
    tables: readonly Int32Array[],
    outDims: readonly number[],
    fill = 0,
  ): boolean {
    const input = node.input(0);
    if (input.type !== 'float32') return false;
    const name = node.node.outputs[output]!;
    const selected = tables.map((table) => table.length);
    const asIs = sameDims(selected, outDims);
    const part = asIs ? this.#subMap(input, tables) : undefined;
    if (part) {
      this.#values.aliasMap(name, part);
      return true;
    }
    if (asIs && this.#selectPixels(node, input, tables, name, fill)) return true;
    if (tables.some((table) => table.includes(-1))) return false;
    const gather = gatherOfTables(input.dims, tables);
    if (!gather) return false;
    this.#gatherBlocks(gather, this.#values.rows(input.name), this.#values.defineRows(name));
    return true;
  }

  #subMap(input: InputValue, tables: readonly Int32Array[]): Place | undefined {
    const axes = singleAxes(input.dims.length);
    if (!axes || this.#values.prefersRows(input.name)) return undefined;
    const ranges = tables.map((table) => asRange(table));
    if (ranges.some((range) => !range)) return undefined;
    const own = mapShape(input.dims, 'channelsLast');
    const along = (key: keyof MapShape) =>
      axes[key] === undefined ? ([0, own[key]] as const) : ranges[axes[key]]!;
    const part: SubMap = { n: along('n'), h: along('h'), w: along('w'), c: along('c') };
    const probe = subPlace(densePlace(undefined, own), part);
    return probe && subPlace(this.map(input), part);
  }

  #selectPixels(
    node: NodeView,
    input: InputValue,
    tables: readonly Int32Array[],
    name: string,
    fill: number,
  ): boolean {
    const axes = singleAxes(input.dims.length);
    const fills = tables.some((table) => table.includes(-1));
    if (!axes || input.dims.length < 3 || (!fills && this.#values.prefersRows(input.name))) return false;
    const ranges = [tables[0]!, tables[1]!].map(asRange);
    if (ranges.some((range) => !range)) return false;
    const map = this.map(input);
    const whole = subPlace(map, { n: ranges[0]!, h: [0, map.h], w: [0, map.w], c: ranges[1]! })!;
    const rows = axes.h === undefined ? new Int32Array(1) : tables[axes.h]!;
    this.#emitPick(whole, rows, tables[axes.w!]!, fill, () =>
      this.output(node, node.node.outputs.indexOf(name)),
    );
    return true;
  }

  /** A map whose pixel (y, x) is pixel (`rows[y]`, `columns[x]`) of `input`, -1 standing for `fill`. */
  pickPixels(input: Place, rows: Int32Array, columns: Int32Array, fill: number): Place {
    const output = this.temporary({ n: input.n, h: rows.length, w: columns.length, c: input.c });
    this.#emitPick(input, rows, columns, fill, () => output);
    return output;
  }

  #emitPick(input: Place, rows: Int32Array, columns: Int32Array, fill: number, output: () => Place): void {
    if (!rows.includes(-1) && !columns.includes(-1)) {
      this.emit({ op: 'resize', rows: pickAxis(rows), columns: pickAxis(columns), input, output: output() });
      return;
    }
    // One row and one column of zeros more, for -1 to take: the map's own values, also NaN, stay out of it.
    const { n, h, w, c } = input;
    const zeros = this.temporary({ n, h: h + 1, w: w + 1, c });
    this.#emitPool('average', { ...pixel, input: [h, w], pads: [0, 0, 1, 1] }, true, input, zeros);
    const outside = (indices: Int32Array, last: number) =>
      pickAxis(indices.map((index) => (index < 0 ? last : index)));
    const pick = {
      op: 'resize',
      rows: outside(rows, h),
      columns: outside(columns, w),
      input: zeros,
    } as const;
    if (fill === 0) {
      this.emit({ ...pick, output: output() });
      return;
    }
    const picked = this.temporary({ n, h: rows.length, w: columns.length, c });
    this.emit({ ...pick, output: picked });
    const shape = { n: 1, h: rows.length, w: columns.length, c: 1 };
    const border = Float32Array.from({ length: shape.h * shape.w }, (_, i) =>
      rows[Math.floor(i / shape.w)]! < 0 || columns[i % shape.w]! < 0 ? fill : 0,
    );
    this.emitBinary('add', picked, this.#pool.add(border, shape), output());
  }

  #gatherBlocks({ prefix, from, indices, block }: BlockGather, input: Place, output: Place): void {
    this.emit({
      op: 'resize',
      rows: identityAxis(prefix),
      columns: pickAxis(indices),
      input: densePlace(input.region, { n: 1, h: prefix, w: from, c: block }, input.offset),
      output: densePlace(output.region, { n: 1, h: prefix, w: indices.length, c: block }, output.offset),
    });
  }

  /** The first input repeated along its axes to fill `outDims`. */
  repeat(node: NodeView, outDims: readonly number[]): boolean {
    const input = node.input(0);
    if (input.type !== 'float32') return false;
    const dims = aligned(input.dims, outDims.length);
    const tables = outDims.map((length, axis) => Int32Array.from({ length }, (_, i) => i % dims[axis]!));
    const gather = gatherOfTables(dims, tables);
    if (!gather) return false;
    const spatial = dims.length > 2 && dims.length < 5 && dims[0] === outDims[0] && dims[1] === outDims[1];
    const name = node.node.outputs[0]!;
    if (spatial) {
      const map = this.#values.mapAs(input, dims, 'channelsLast');
      const rows = dims.length === 3 ? new Int32Array(1) : tables[2]!;
      this.#emitPick(map, rows, tables.at(-1)!, 0, () => this.#values.defineMap(name));
    } else {
      this.#gatherBlocks(gather, this.#values.rows(input.name), this.#values.defineRows(name));
    }
    return true;
  }

  transpose(node: NodeView, perm: readonly number[], outDims: readonly number[]): boolean {
    const input = node.input(0);
    if (input.type !== 'float32') return false;
    const name = node.node.outputs[0]!;
    const long = perm.filter((axis) => input.dims[axis] !== 1);
    if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return this.reshape(node, outDims);
    if (perm.length > 2 && perm.length < 5) {
      const rank = perm.length;
      const toLast = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
      const toFirst = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
      const map = this.#values.prefersRows(input.name) ? undefined : this.map(input);
      if (map && isDense(map) && sameDims(perm, toLast)) {
        this.#values.aliasRows(
          name,
          densePlace(map.region, { n: 1, h: 1, w: 1, c: sizeOf(outDims) }, map.offset),
        );
        return true;
      }
      if (sameDims(perm, toFirst)) {
        const rows = this.#values.rows(input.name);
        this.#values.aliasMap(name, densePlace(rows.region, mapShape(outDims, 'channelsLast'), rows.offset));
        return true;
      }
    }
    const gather = gatherOfPermutation(input.dims, perm);
    if (!gather) return false;
    this.#gatherBlocks(gather, this.#values.rows(input.name), this.#values.defineRows(name));
    return true;
  }

  /** The first input's channels-last elements, split into `split` axes, with these permuted. */
  permuteMap(node: NodeView, split: readonly number[], perm: readonly number[]): boolean {
    const gather = gatherOfPermutation(split, perm);
    if (!gather) return false;
    const input = this.#dense(this.map(node.input(0)));
    this.#gatherBlocks(gather, input, this.#denseOutput(node));
    return true;
  }

  /** `place` itself, or a copy without gaps. */
  #dense(place: Place): Place {
    if (isDense(place)) return place;
    const copy = this.temporary(place);
    this.emit({ op: 'copy', input: place, output: copy });
    return copy;
  }

  /** A home for the first output without gaps, whatever a concatenation would like. */
  #denseOutput(node: NodeView): Place {
    const name = node.node.outputs[0]!;
    const place = this.#values.newPlace(mapShape(this.#values.type(name).dims, 'channelsLast'));
    this.#values.aliasMap(name, place);
    return place;
  }

  concat(node: NodeView, axis: number, outDims: readonly number[]): boolean {
    const inputs = node.present;
    if (inputs[0]!.type !== 'float32') return false;
    const name = node.node.outputs[0]!;
    if (inputs.length === 1) return this.reshape(node, outDims);
    const computed = inputs.filter(({ constant }) => !constant);
    const rows = computed.every((input) => this.#values.prefersRows(input.name));
    const parts = rows
      ? undefined
      : concatParts(
          outDims,
          axis,
          inputs.map(({ dims }) => dims),
        );
    if (!parts) {
      this.#concatRows(inputs, axis, name, outDims);
      return true;
    }
    const output = this.#values.defineMap(name);
    for (const [i, input] of inputs.entries()) {
      const target = subPlace(output, parts[i]!)!;
      if (target.n * target.h * target.w * target.c === 0) continue;
      const from = this.map(input);
      if (!samePlace(from, target)) this.emit({ op: 'copy', input: from, output: target });
    }
    return true;
  }

  /** Row-major, each input is a range of columns of a matrix. */
  #concatRows(inputs: readonly InputValue[], axis: number, name: string, outDims: readonly number[]): void {
    const prefix = sizeOf(outDims.slice(0, axis));
    const width = sizeOf(outDims.slice(axis));
    const output = this.#values.defineRows(name);
    let column = 0;
    for (const input of inputs) {
      const length = sizeOf(input.dims.slice(axis));
      const rows = this.#values.rows(input.name);
      const shape = { n: 1, h: prefix, w: 1, c: length };
      const target = { ...densePlace(output.region, shape, output.offset + column), pixelStride: width };
      if (length * prefix > 0)
        this.emit({ op: 'copy', input: densePlace(rows.region, shape, rows.offset), output: target });
      column += length;
    }
  }

  /** @param rows,columns undefined where the axis stays as it is */
  resize(
    node: NodeView,
    rows: AxisTable | undefined,
    columns: AxisTable | undefined,
    h: number,
    w: number,
  ): boolean {
    const axis = (table: AxisTable | undefined, length: number) => {
      if (!table) return identityAxis(length);
      const { taps, indices, weights } = table;
      const low = Int32Array.from({ length }, (_, i) => indices[i * taps]!);
      if (taps === 1) return pickAxis(low);
      return {
        low,
        high: Int32Array.from({ length }, (_, i) => indices[i * taps + 1]!),
        weight: Float32Array.from({ length }, (_, i) => weights[i * taps + 1]!),
      };
    };
    const input = this.map(node.input(0));
    this.emit({
      op: 'resize',
      rows: axis(rows, h),
      columns: axis(columns, w),
      input,
      output: this.output(node, 0),
    });
    return true;
  }

  pool(node: NodeView, kind: 'max' | 'average', window: Window, countIncludePad: boolean): boolean {
    this.#emitPool(kind, window, countIncludePad, this.map(node.input(0)), this.output(node, 0));
    return true;
  }

  /** Reduces all spatial axes, under the output's dims, whether these keep the axes or not. */
  globalPool(node: NodeView, kind: 'max' | 'average'): boolean {
    const input = this.map(node.input(0));
    const output = this.output(node, 0);
    this.emitGlobalPool(kind, input, { ...output, n: input.n, h: 1, w: 1, c: input.c });
    return true;
  }

  softmax(node: NodeView, axis: number, end: number): boolean {
    const input = node.input(0);
    const { dims } = input;
    if (sizeOf(dims) === 0) return false;
    if (axis === 1 && end === 2 && dims.length > 2) {
      this.emit({ op: 'softmax', input: this.map(input), output: this.output(node, 0) });
      return true;
    }
    if (sizeOf(dims.slice(end)) !== 1) return false;
    const shape = { n: 1, h: sizeOf(dims.slice(0, axis)), w: 1, c: sizeOf(dims.slice(axis, end)) };
    const from = this.#values.rows(input.name);
    const to = this.#values.defineRows(node.node.outputs[0]!);
    this.emit({
      op: 'softmax',
      input: densePlace(from.region, shape, from.offset),
      output: densePlace(to.region, shape, to.offset),
    });
    return true;
  }

  convolution(node: NodeView, request: ConvolutionRequest): boolean {
    const input = request.input ?? this.map(node.input(0));
    const bias = request.bias?.load().data as Float32Array | undefined;
    this.#emitConvolution(node, { ...request, bias }, input, this.output(node, 0), node.node.activation);
    return true;
  }

  /** A 1×1 convolution of `input` that is a part of how `node` is computed. */
  emitPointwise(
    node: NodeView,
    input: Place,
    output: Place,
    weights: Float32Array,
    bias: Float32Array,
  ): void {
    const spec = convSpec({ inChannels: input.c, outChannels: output.c, kernel: [1, 1] });
    const dims = [output.c, input.c, 1, 1];
    const constant = constantFrom(new Tensor('float32', weights, dims));
    this.#emitConvolution(node, { spec, weights: constant, bias }, input, output, undefined);
  }

  #emitConvolution(
    node: NodeView,
    { spec, weights, bias }: { spec: ConvSpec; weights: Constant; bias: Float32Array | undefined },
    input: Place,
    output: Place,
    activation: Activation = noActivation,
  ): void {
    const { name, inputs, outputs } = node.node;
    const { alpha = 0, beta = 0 } = activation;
    this.emit({
      op: 'conv',
      layer: {
        name,
        key: JSON.stringify([inputs[0], outputs[0], activation.name, alpha, beta]),
        spec,
        weights,
        bias,
        activation,
        inputDims: [input.n, input.c, input.h, input.w],
      },
      input,
      output,
    });
  }

  /** The first input as `m × k`, times weights `n × k`: a 1×1 convolution over m pixels. */
  matrixProduct(
    node: NodeView,
    m: number,
    k: number,
    n: number,
    weights: Constant,
    bias: Float32Array | undefined,
  ): boolean {
    if (m === 0 || n === 0) return false;
    const input = node.input(0);
    const spec = convSpec({ inChannels: k, outChannels: n, kernel: [1, 1] });
    const shape = { n: 1, h: 1, w: m, c: k };
    const isMatrix = input.dims.length === 2;
    const rows = isMatrix
      ? { ...this.map(input), ...shape }
      : densePlace(this.#values.rows(input.name).region, shape, this.#values.rows(input.name).offset);
    const home = this.#values.defineRows(node.node.outputs[0]!);
    const output = densePlace(home.region, { n: 1, h: 1, w: m, c: n }, home.offset);
    this.#emitConvolution(node, { spec, weights, bias }, rows, output, node.node.activation);
    return true;
  }
}

/** Where each input of a concatenation lies in the output's map; undefined where one is not a map there. */
export function concatParts(
  outDims: readonly number[],
  axis: number,
  inputs: readonly (readonly number[])[],
): SubMap[] | undefined {
  const axes = singleAxes(outDims.length);
  if (!axes) return undefined;
  const key = (['n', 'h', 'w', 'c'] as const).find((candidate) => axes[candidate] === axis);
  if (!key) return undefined;
  const shape = mapShape(outDims, 'channelsLast');
  const whole: SubMap = { n: [0, shape.n], h: [0, shape.h], w: [0, shape.w], c: [0, shape.c] };
  let start = 0;
  const parts: SubMap[] = [];
  for (const dims of inputs) {
    const part = { ...whole, [key]: [start, dims[axis]!] };
    if (!subPlace(densePlace(undefined, shape), part)) return undefined;
    parts.push(part);
    start += dims[axis]!;
  }
  return parts;
}
