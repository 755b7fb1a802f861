import { type Limits, missingError, modelError } from '@zeroskip/onnx';
import type { GraphBuilder } from '../tfjs/graph/builder.ts';
import type { TensorValue } from '../tfjs/graph/value.ts';
import { LiteNode, type Scope } from './node.ts';
import { operatorNames } from './operator-codes.ts';
import { ofBlocks } from './operators/blocks.ts';
import { translations } from './operators/index.ts';
import { ifBranches, whileLoop } from './options.ts';
import { Scales } from './scale.ts';
import type { LiteModel, OperatorEntry } from './schema.ts';
import { type LiteTensor, liteTensor } from './tensor.ts';

/** Subgraphs inside subgraphs. */
const MAX_DEPTH = 16;
/** The number of what has a name of its own. */
const CUSTOM = 32;

/** A subgraph: its tensors, and its nodes with the names of their operators. */
interface Part {
  readonly tensors: readonly LiteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly OperatorEntry[];
  readonly opTypes: readonly string[];
  /** Operators that read a tensor. */
  readonly readers: ReadonlyMap<number, readonly string[]>;
}

/** Writes the subgraphs of a model into a graph of ONNX. */
export class ModelWriter {
  readonly #model: LiteModel;
  readonly #limits: Limits;
  readonly #parts = new Map<number, Part>();
  readonly #scales = new Scales();
  #visited = 0;

  constructor(model: LiteModel, limits: Limits) {
    this.#model = model;
    this.#limits = limits;
  }

  part(index: number): Part {
    const known = this.#parts.get(index);
    if (known) return known;
    const { subgraphs } = this.#model;
    const entry = subgraphs[index];
    if (entry === undefined) throw modelError('a subgraph', `below ${subgraphs.length}`, index);
    const tensors = entry.tensors.map((tensor, i) =>
      liteTensor(this.#model, tensor.name === '' ? { ...tensor, name: `tensor_${i}` } : tensor, this.#limits),
    );
    const opTypes = entry.operators.map(({ opcodeIndex }) => this.#operatorName(opcodeIndex));
    const readers = new Map<number, string[]>();
    for (const [i, { inputs }] of entry.operators.entries()) {
      for (const input of inputs) {
        const list = readers.get(input);
        if (list) list.push(opTypes[i]!);
        else readers.set(input, [opTypes[i]!]);
      }
    }
    for (const output of entry.outputs) readers.set(output, [...(readers.get(output) ?? []), 'output']);
    const part = { ...entry, tensors, opTypes, readers };
    this.#parts.set(index, part);
    return part;
  }

  #operatorName(index: number): string {
    const { operatorCodes } = this.#model;
    const entry = operatorCodes[index];
    if (entry === undefined)
      throw modelError('opcode_index of a node', `below ${operatorCodes.length}`, index);
    const { deprecatedBuiltinCode, builtinCode, customCode } = entry;
    // Old files have numbers below 128 in one byte.
    const code = Math.max(deprecatedBuiltinCode, builtinCode);
    return code === CUSTOM ? customCode : (operatorNames[code] ?? `builtin operator ${code}`);
  }

  /** Nodes that tensors stand on, in their order; `given` tensors end the search. */
  #needed({ operators }: Part, given: ReadonlySet<number>, outputs: readonly number[]): number[] {
    const wanted = new Set(outputs.filter((tensor) => !given.has(tensor)));
    const found: number[] = [];
    for (let at = operators.length - 1; at >= 0; at--) {
      const { inputs, outputs: own } = operators[at]!;
      if (!own.some((tensor) => wanted.has(tensor))) continue;
      found.push(at);
      for (const tensor of inputs) if (!given.has(tensor)) wanted.add(tensor);
    }
    return found.reverse();
  }

  /**
   * Refuses a model that has operators which are not known, all of them at once.
   * @param outputs tensors of the subgraph that are wanted
   */
  assertKnown(index: number, outputs: readonly number[], reached = new Set<number>(), depth = 0): void {
    const found = new Map<string, LiteNode[]>();
    this.#collectMissing(index, outputs, found, reached, depth);
    const [first] = [...found.values()].flat();
    if (first) throw missingError('operators', 'node', found, { nodeName: first.name, opType: first.opType });
  }

  #collectMissing(
    index: number,
    outputs: readonly number[],
    found: Map<string, LiteNode[]>,
    reached: Set<number>,
    depth: number,
  ): void {
    if (depth > MAX_DEPTH || reached.has(index)) return;
    reached.add(index);
    const part = this.part(index);
    const scope = this.#scope(part, undefined as never, 0);
    for (const at of this.#needed(part, new Set(part.inputs), outputs)) {
      const node = new LiteNode(part.opTypes[at]!, part.operators[at]!, scope);
      const { opType } = node;
      if (!translations.has(opType)) found.set(opType, [...(found.get(opType) ?? []), node]);
      for (const inner of subgraphsOf(node)) {
        this.#collectMissing(inner, this.part(inner).outputs, found, reached, depth + 1);
      }
    }
  }

  #scope(part: Part, builder: GraphBuilder, depth: number): Scope {
    return {
      file: this.#model.file,
      tensors: part.tensors,
      values: new Map(),
      reals: new Map(),
      scales: this.#scales,
      builder,
      readers: (tensor) => part.readers.get(tensor) ?? [],
      call: (node, subgraph, inputs, within) => this.#call(node, subgraph, inputs, within, depth + 1),
    };
  }

  #call(
    node: LiteNode,
    index: number,
    inputs: readonly TensorValue[],
    builder: GraphBuilder,
    depth: number,
  ): TensorValue[] {
    const part = this.part(index);
    if (depth > MAX_DEPTH) {
      throw modelError('subgraphs inside subgraphs', `at most ${MAX_DEPTH}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    if (part.inputs.length !== inputs.length) {
      throw node.error(`inputs of subgraph ${index}`, String(inputs.length), part.inputs.length);
    }
    const given = new Map(part.inputs.map((tensor, i) => [tensor, inputs[i]!]));
    return this.write(index, given, part.outputs, builder, depth).map((value) => builder.modelOrder(value));
  }

  /**
   * Writes what tensors of a subgraph stand on.
   * @param given values of its inputs
   * @returns the values of `outputs`, as the model has them: integers, where they are quantized
   */
  write(
    index: number,
    given: ReadonlyMap<number, TensorValue>,
    outputs: readonly number[],
    builder: GraphBuilder,
    depth = 0,
  ): TensorValue[] {
    const part = this.part(index);
    const scope = this.#scope(part, builder, depth);
    for (const [tensor, value] of given) scope.values.set(tensor, value);
    for (const at of this.#needed(part, new Set(given.keys()), outputs)) {
      this.#visit(new LiteNode(part.opTypes[at]!, part.operators[at]!, scope), part.operators[at]!, scope);
    }
    const whole = { inputs: outputs, outputs: [] } as unknown as OperatorEntry;
    const results = new LiteNode('outputs of the subgraph', whole, scope);
    return outputs.map((_, i) => results.raw(i));
  }

  #visit(node: LiteNode, { inputs: given, outputs }: OperatorEntry, scope: Scope): void {
    const { maxNodes } = this.#limits;
    if (++this.#visited > maxNodes) {
      throw modelError('number of nodes', `at most ${maxNodes}`, 'more', 'ERR_LIMIT_EXCEEDED');
    }
    const { inputs, translate, isRaw } = translations.get(node.opType)!;
    if (given.length < inputs) throw node.error('number of inputs', `at least ${inputs}`, given.length);
    const isCut = given.some((tensor) => scope.values.get(tensor)?.blocks !== undefined);
    if (isCut && !ofBlocks.has(node.opType)) {
      throw node.unsupported('the input', 'a whole map', 'one that SPACE_TO_BATCH_ND cut into blocks');
    }
    const values = [translate(node, scope.builder)].flat() as TensorValue[];
    for (const [i, tensor] of outputs.entries()) {
      const value = values[i];
      if (value === undefined)
        throw node.error('number of outputs', `at most ${values.length}`, outputs.length);
      scope.values.set(tensor, this.#result(value, node.output(i), isRaw === true, scope.builder));
    }
  }

  /** A value with what its tensor says of it. */
  #result(value: TensorValue, tensor: LiteTensor, isRaw: boolean, builder: GraphBuilder): TensorValue {
    const { dims, signature, isQuantized } = tensor;
    const isFixed = dims.length === 1 && signature[0]! >= 0;
    const length = value.length ?? (isFixed ? dims[0] : undefined);
    const known = {
      ...value,
      rank: value.rank ?? (dims.length || undefined),
      ...(length !== undefined && { length }),
    };
    const result = isQuantized && !isRaw ? this.#scales.quantized(known, tensor, builder) : known;
    const { constant: _, ...computed } = result;
    return result.name === value.name ? result : computed;
  }
}

/** Subgraphs that a node runs. */
function subgraphsOf(node: LiteNode): number[] {
  if (node.opType === 'IF') {
    const { thenSubgraph, elseSubgraph } = node.options(ifBranches);
    return [thenSubgraph, elseSubgraph];
  }
  if (node.opType !== 'WHILE') return [];
  const { condSubgraph, bodySubgraph } = node.options(whileLoop);
  return [condSubgraph, bodySubgraph];
}
