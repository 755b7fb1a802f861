import type { ElementType, ErrorCode, Tensor } from '@zeroskip/tensor';
import { computeType, storedType } from './element-types.ts';
import type { AttributeValue, Constant, GraphNode, Subgraph, ValueType } from './graph.ts';
import { nodeError } from './node-error.ts';

/** An input as the compiler knows it; `constant` when its values are known. */
export interface InputValue extends ValueType {
  readonly name: string;
  readonly constant?: Constant;
}

/** Errors about operands that decide dims and are computed during a run. */
const unknownOperands = new WeakSet<object>();

/** Whether an error says that the values of an operand are not known yet. */
export function isUnknownOperand(error: unknown): boolean {
  return typeof error === 'object' && error !== null && unknownOperands.has(error);
}

type Kind = AttributeValue['kind'];
type ValueOf<K extends Kind> = Extract<AttributeValue, { readonly kind: K }>['value'];

/** Values of attributes that were read before, for other dims. */
const numbersOf = new WeakMap<BigInt64Array, readonly number[]>();

/** A node with its input types, and checked access to its attributes and constant inputs. */
export class NodeView {
  readonly node: GraphNode;
  readonly inputs: readonly (InputValue | undefined)[];

  constructor(node: GraphNode, inputs: readonly (InputValue | undefined)[]) {
    this.node = node;
    this.inputs = inputs;
  }

  get name(): string {
    return this.node.name;
  }

  get opset(): number {
    return this.node.opset;
  }

  error(what: string, expected: string, received: unknown, code: ErrorCode = 'ERR_INVALID_MODEL') {
    return nodeError(this.node, what, expected, received, code);
  }

  unsupported(what: string, expected: string, received: unknown) {
    return this.error(what, expected, received, 'ERR_UNSUPPORTED_OPERATOR');
  }

  input(index: number): InputValue {
    const input = this.inputs[index];
    if (!input) throw this.error(`input ${index}`, 'a value', 'none');
    return input;
  }

  /** The node as if these were its inputs, for what operators of other orders have in common. */
  withInputs(indices: readonly number[]): NodeView {
    return new NodeView(
      this.node,
      indices.map((index) => this.inputs[index]),
    );
  }

  /** Types and dims of all inputs, none of which may be absent. */
  get present(): InputValue[] {
    return this.inputs.map((_, index) => this.input(index));
  }

  hasInput(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  hasOutput(index: number): boolean {
    return (this.node.outputs[index] ?? '') !== '';
  }

  has(attribute: string): boolean {
    return this.node.attributes.has(attribute);
  }

  #attribute<K extends Kind>(name: string, kind: K): ValueOf<K> | undefined {
    const attribute = this.node.attributes.get(name);
    if (attribute === undefined) return undefined;
    if (attribute.kind !== kind) throw this.error(`attribute ${name}`, `type ${kind}`, attribute.kind);
    return attribute.value as ValueOf<K> | undefined;
  }

  #required<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw this.error(`attribute ${name}`, 'a value', 'none');
    return value;
  }

  int(name: string, absent?: number): number {
    const value = this.#attribute(name, 'int');
    return this.#required(name, value === undefined ? absent : Number(value));
  }

  float(name: string, absent?: number): number {
    return this.#required(name, this.#attribute(name, 'float') ?? absent);
  }

  flag(name: string, absent: boolean): boolean {
    return this.int(name, absent ? 1 : 0) !== 0;
  }

  ints(name: string): readonly number[] | undefined {
    const value = this.#attribute(name, 'ints');
    if (!value) return undefined;
    const numbers = numbersOf.get(value) ?? Array.from(value, Number);
    numbersOf.set(value, numbers);
    return numbers;
  }

  floats(name: string): number[] | undefined {
    const value = this.#attribute(name, 'floats');
    return value && Array.from(value);
  }

  strings(name: string): readonly string[] | undefined {
    return this.#attribute(name, 'strings');
  }

  string(name: string): string {
    return this.#required(name, this.#attribute(name, 'string'));
  }

  choice<T extends string>(name: string, choices: readonly T[], absent: T): T {
    const value = this.#attribute(name, 'string') ?? absent;
    if (!choices.includes(value as T))
      throw this.error(`attribute ${name}`, `one of ${choices.join(', ')}`, value);
    return value as T;
  }

  graph(name: string): Subgraph {
    return this.#required(name, this.#attribute(name, 'graph'));
  }

  tensor(name: string): Constant | undefined {
    return this.#attribute(name, 'tensor');
  }

  raw(name: string): AttributeValue | undefined {
    return this.node.attributes.get(name);
  }

  /** The element type that attribute `name` codes, in its compute type. */
  type(name: string, absent: number): ElementType {
    return computeType(
      storedType(this.int(name, absent), `attribute ${name} of node ${JSON.stringify(this.name)}`),
    );
  }

  /** An axis attribute in `0..rank-1`, given as one from the end where it is negative. */
  axis(rank: number, absent?: number, name = 'axis'): number {
    return this.normalizeAxis(this.int(name, absent), rank, `attribute ${name}`);
  }

  normalizeAxis(axis: number, rank: number, what: string): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      throw this.error(what, `an axis from ${-rank} to ${rank - 1}`, axis);
    }
    return axis < 0 ? axis + rank : axis;
  }

  /** Normalized axes without duplicates, in the given order. */
  normalizeAxes(axes: readonly number[], rank: number, what: string): number[] {
    const normalized = axes.map((axis) => this.normalizeAxis(axis, rank, what));
    if (new Set(normalized).size < normalized.length) throw this.error(what, 'axes without duplicates', axes);
    return normalized;
  }

  /**
   * The values of an operand that shapes depend on, as numbers; undefined when the operand is absent.
   * @throws when its values are not known before the run
   */
  operand(index: number): number[] | undefined {
    const input = this.inputs[index];
    if (!input) return undefined;
    return Array.from(this.constant(index).data as Float32Array, Number);
  }

  /** As `operand`, of an input that may not be absent, and holds `length` values where that is given. */
  requiredOperand(index: number, length?: number): number[] {
    const values = this.operand(index);
    if (!values || (length !== undefined && values.length !== length)) {
      throw this.error(
        `input ${index}`,
        length === undefined ? 'a value' : `${length} values`,
        values ?? 'none',
      );
    }
    return values;
  }

  /** An operand that is a list of dims. */
  dimsOperand(index: number, what: string): number[] {
    const dims = this.requiredOperand(index);
    if (dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) return dims;
    throw this.error(what, 'non-negative integers', dims, 'ERR_INVALID_SHAPE');
  }

  /** A constant input, loaded. */
  constant(index: number): Tensor {
    const input = this.input(index);
    if (!input.constant) {
      const error = this.unsupported(
        `input ${index}`,
        'values that are constant or follow from the dimensions of the graph inputs',
        `value ${input.name}, which is computed from other inputs`,
      );
      unknownOperands.add(error);
      throw error;
    }
    return input.constant.load();
  }

  /** Ints of an attribute, or of an operand in operator sets that moved it there. */
  intsOf(attribute: string, operand: number): readonly number[] | undefined {
    if (this.hasInput(operand)) return this.operand(operand);
    return this.ints(attribute);
  }

  rankAtLeast(index: number, rank: number): readonly number[] {
    const { dims } = this.input(index);
    if (dims.length < rank) throw this.error(`rank of input ${index}`, `at least ${rank}`, dims.length);
    return dims;
  }
}
