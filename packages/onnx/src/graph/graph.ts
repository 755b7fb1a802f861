import type { Activation } from '@zeroskip/kernels';
import type { ElementType, Tensor } from '@zeroskip/tensor';

/** The last version of the default operator set that is known; all before it are, too. */
export const MAX_OPSET = 27;

/** Of operators that ONNX does not have, or has in another form, and of those that are made of several. */
export const OWN_DOMAIN = 'zeroskip';

/** Values that are known before a run. `load` may share or copy; the result must not be written to. */
export interface Constant {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** The integers that its floats stand for, where they do. */
  readonly quantized?: QuantizedConstant | undefined;
  load(): Tensor;
}

/** Integers, and the scale and zero point of all, or of each index of an axis. */
export interface QuantizedConstant {
  readonly values: Constant;
  readonly scale: Constant;
  readonly zero: Constant | undefined;
  readonly axis: number;
}

/** A tensor as a constant, which shares it. */
export function constantFrom(tensor: Tensor): Constant {
  return { type: tensor.type, dims: tensor.dims, load: () => tensor };
}

/** Element type and concrete dims of a value. */
export interface ValueType {
  readonly type: ElementType;
  readonly dims: readonly number[];
}

/** A node's attribute, by its kind. */
export type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Constant }
  | { readonly kind: 'floats'; readonly value: Float32Array }
  | { readonly kind: 'ints'; readonly value: BigInt64Array }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'graph'; readonly value: Subgraph }
  | { readonly kind: 'unsupported'; readonly value: string };

/** What an operator of control flow computes: a graph that may read any value of the graphs around it. */
export interface Subgraph extends Omit<Graph, 'inputs'> {
  readonly inputs: readonly GraphOutput[];
  /** Names of the values around it that it reads. */
  readonly captures: readonly string[];
}

/** One use of an operator. */
export interface GraphNode {
  /** The node's name, or its first output's where it has none. */
  readonly name: string;
  readonly opType: string;
  /** Absent for the default domain. */
  readonly domain?: string;
  /** Version of the default operator set that the model, or the function it comes from, imports. */
  readonly opset: number;
  /** The empty string stands for an absent optional input or output. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** How many outputs the model names, where nothing reads some of them; set when these lose their names. */
  readonly declaredOutputs?: number;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** Applied to the first output; set by fusion. */
  readonly activation?: Activation;
  /** Added to the first output, whose dims it has; set by fusion, on convolutions that run natively. */
  readonly addend?: { readonly name: string; readonly beforeActivation: boolean };
}

/** What a value is that is no tensor; a sequence holds tensors, an optional one or a sequence, or nothing. */
export type Form = 'sequence' | 'optional' | 'optional sequence';

/** An input of a network. */
export interface GraphValue {
  readonly name: string;
  /** Absent for a tensor; type and dims are those of the tensors in others. */
  readonly form?: Form;
  /** As the model declares it, so that feeds and results have it; computed in the compute type. */
  readonly type: ElementType;
  /** Symbols, or the empty string, where the model leaves a dimension open; undefined for an open rank. */
  readonly dims: readonly (number | string)[] | undefined;
}

/** A graph output, or a value of a graph inside a node. Its type is undefined where the model declares none. */
export interface GraphOutput extends Omit<GraphValue, 'type'> {
  readonly type: ElementType | undefined;
}

interface Named {
  readonly name: string;
}

/** A network or a segment of one: nodes in an order in which each follows its inputs' producers. */
export interface Body {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly Named[];
  readonly outputs: readonly Named[];
  readonly constants: ReadonlyMap<string, Constant>;
}

/** A network. */
export interface Graph extends Body {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphOutput[];
  /** Constants that the model lists among its inputs, too. */
  readonly defaults?: readonly string[];
}

const NO_GRAPHS: readonly Subgraph[] = [];

/** The graphs inside a node. */
export function subgraphs({ attributes }: GraphNode): readonly Subgraph[] {
  let found: readonly Subgraph[] = NO_GRAPHS;
  for (const attribute of attributes.values()) {
    if (attribute.kind === 'graph') found = [...found, attribute.value];
  }
  return found;
}

/** The nodes, and those of graphs inside them. */
export function everyNode(nodes: readonly GraphNode[]): GraphNode[] {
  return nodes.flatMap((node) => [node, ...subgraphs(node).flatMap((inner) => everyNode(inner.nodes))]);
}

/** Names of the values that a node reads. */
export function reads(node: GraphNode): readonly string[] {
  const { inputs, addend } = node;
  const captured = subgraphs(node).flatMap(({ captures }) => captures);
  return addend || captured.length > 0 ? [...inputs, ...(addend ? [addend.name] : []), ...captured] : inputs;
}

/** Makes names that no value of `graph` has, nor one that was made before. */
export function freshNames(graph: Body): (base: string) => string {
  let used: Set<string> | undefined;
  return (base) => {
    used ??= new Set([
      ...graph.constants.keys(),
      ...graph.inputs.map((input) => input.name),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
    let name = base;
    for (let i = 2; used.has(name); i++) name = `${base}~${i}`;
    used.add(name);
    return name;
  };
}

/** How many outputs the model names, read or not. */
export function declaredOutputs(node: GraphNode): number {
  return node.declaredOutputs ?? node.outputs.filter((name) => name !== '').length;
}

/** Nodes that read each value; graph outputs count as a reader without a node. */
export function readers(graph: Body): Map<string, (GraphNode | undefined)[]> {
  const map = new Map<string, (GraphNode | undefined)[]>();
  const add = (name: string, reader: GraphNode | undefined) => {
    const list = map.get(name);
    if (list) list.push(reader);
    else map.set(name, [reader]);
  };
  for (const node of graph.nodes) for (const name of reads(node)) if (name !== '') add(name, node);
  for (const output of graph.outputs) add(output.name, undefined);
  return map;
}

/** The node that makes each value. */
export function producers({ nodes }: Pick<Body, 'nodes'>): Map<string, GraphNode> {
  const map = new Map<string, GraphNode>();
  for (const node of nodes) for (const name of node.outputs) if (name !== '') map.set(name, node);
  return map;
}
