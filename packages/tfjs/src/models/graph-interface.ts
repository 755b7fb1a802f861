import type { InferenceSession } from '@zeroskip/runner';
import type { ModelArtifacts } from '../loading/artifacts.ts';
import type { TensorInfo } from './model-tensor.ts';
import type { Interface } from './network.ts';

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, { readonly shape?: { readonly unknownRank?: boolean } | null }>>;
}

type Ports = Readonly<Record<string, { readonly name?: string }>>;

export interface Signature {
  readonly inputs?: Ports;
  readonly outputs?: Ports;
}

/** An input or output: the node, and the name that it has outside. */
interface Port {
  readonly key: string;
  readonly node: string;
}

export interface GraphInterface extends Interface {
  readonly nodes: readonly GraphNode[];
  readonly inputNodes: readonly string[];
  readonly outputNodes: readonly string[];
  readonly inputInfo: readonly TensorInfo[];
  readonly outputInfo: readonly TensorInfo[];
}

const nodeOf = (reference: string) => reference.split(':')[0]!;
const withoutZero = (reference: string) => reference.replace(/:0$/, '');

type Metadata = InferenceSession['outputMetadata'][number];

function infoOf(name: string, { type, shape }: Metadata, hasRank: boolean): TensorInfo {
  // Strings are bytes along one more axis.
  const isString = type === 'uint8';
  const axes = isString ? shape.slice(0, -1) : shape;
  const dims = axes.map((dim) => (typeof dim === 'number' ? dim : -1));
  const dtype = isString ? 'string' : ((type ?? 'float32') as TensorInfo['dtype']);
  return hasRank ? { name, shape: dims, dtype } : { name, dtype };
}

function declaresRank(nodes: readonly GraphNode[], name: string): boolean {
  const shape = nodes.find((node) => node.name === name)?.attr?.shape?.shape;
  return shape !== undefined && shape !== null && shape.unknownRank !== true;
}

function portsOf(ports: Ports = {}): { key: string; reference: string }[] {
  return Object.entries(ports).flatMap(([key, { name }]) =>
    name === undefined ? [] : [{ key, reference: name }],
  );
}

export function signatureOf({ signature, userDefinedMetadata }: ModelArtifacts): Signature | undefined {
  return (signature ?? userDefinedMetadata?.signature) as Signature | undefined;
}

/** The nodes that some stand on, each after those that it reads. */
function inOrder(nodes: readonly GraphNode[], from: readonly string[]): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const ordered = new Set<GraphNode>();
  const open = new Set<GraphNode>();
  const stack = [...from];
  while (stack.length > 0) {
    const node = byName.get(stack.at(-1)!);
    if (node === undefined || open.has(node)) {
      stack.pop();
      if (node) ordered.add(node);
      continue;
    }
    open.add(node);
    for (const name of inputsOf(node).map(nodeOf)) {
      const input = byName.get(name);
      if (input && !open.has(input)) stack.push(name);
    }
  }
  return [...ordered];
}

function inputsOf({ input = [] }: GraphNode): string[] {
  return input.filter((reference) => !reference.startsWith('^')).map(withoutZero);
}

/** Control flow, lists and tables, whose values, and those that stand on them, need not be tensors in every run. */
const CONTROL =
  /^(Enter|Exit|Switch|Merge|LoopCond|NextIteration|(Stateless)?(If|While|Case)|EmptyTensorList|(TensorList|TensorArray|HashTable|LookupTable).*)$/;

/**
 * What can be computed beside the declared outputs: outputs of the nodes that these stand on, first ones and those that
 * others read.
 */
function computed(nodes: readonly GraphNode[], from: readonly string[]): string[] {
  const read = new Map<string, Set<string>>();
  const controlled = new Set<string>();
  const names: string[] = [];
  for (const node of inOrder(nodes, from)) {
    const inputs = inputsOf(node);
    for (const reference of inputs) {
      const name = nodeOf(reference);
      read.set(name, (read.get(name) ?? new Set()).add(reference));
    }
    if (CONTROL.test(node.op) || inputs.some((each) => controlled.has(nodeOf(each))))
      controlled.add(node.name);
    else if (!node.op.startsWith('Placeholder') && node.op !== 'Const') names.push(node.name);
  }
  return names.flatMap((name) => [...new Set([name, ...(read.get(name) ?? [])])]);
}

/** What the session's inputs and outputs are called in a graph model. */
export function graphInterface(artifacts: ModelArtifacts, session: InferenceSession): GraphInterface {
  const { node: nodes } = artifacts.modelTopology as { node: readonly GraphNode[] };
  const signature = signatureOf(artifacts);
  const signed = { inputs: portsOf(signature?.inputs), outputs: portsOf(signature?.outputs) };
  const inputPorts = session.inputNames.map((key, i): Port => {
    const reference = signed.inputs[i]?.reference ?? placeholderAt(nodes, signed.inputs, i);
    return { key: signed.inputs[i]?.key ?? key, node: nodeOf(reference) };
  });
  const outputPorts = session.outputNames.map((key, i) => {
    const { key: own, reference } = signed.outputs[i] ?? { key, reference: key };
    return { key: own, node: nodeOf(reference), reference: withoutZero(reference) };
  });
  const inputs = new Map<string, string>();
  for (const [i, { key, node }] of inputPorts.entries()) {
    for (const name of [node, `${node}:0`, key]) inputs.set(name, session.inputNames[i]!);
  }
  const outputs = new Map<string, string>();
  for (const [i, { reference, key }] of outputPorts.entries()) {
    for (const name of [reference, key]) outputs.set(name, session.outputNames[i]!);
  }
  const known = new Set(nodes.map(({ name }) => name));
  const declaredInputs = signed.inputs.length > 0 ? inputPorts.slice(0, signed.inputs.length) : inputPorts;
  return {
    nodes,
    inputs,
    outputs,
    others: computed(
      nodes,
      outputPorts.map(({ node }) => node),
    ).filter((name) => !outputs.has(name)),
    isKnown: (name) => outputs.has(name) || known.has(nodeOf(name)),
    nameOf: (name) => (outputs.has(name) ? name : withoutZero(name)),
    inputNodes: declaredInputs.map(({ key }) => key),
    outputNodes: outputPorts.map(({ key }) => key),
    inputInfo: declaredInputs.map(({ node }, i) =>
      infoOf(node, session.inputMetadata[i]!, declaresRank(nodes, node)),
    ),
    outputInfo: outputPorts.map(({ node }, i) => {
      const metadata = session.outputMetadata[i]!;
      return infoOf(node, metadata, metadata.shape.length > 0);
    }),
  };
}

/** The placeholder of an input that the signature does not name. */
function placeholderAt(
  nodes: readonly GraphNode[],
  named: readonly { reference: string }[],
  index: number,
): string {
  const isNamed = (name: string) => named.some(({ reference }) => nodeOf(reference) === name);
  const others = nodes.filter(({ name, op }) => op.startsWith('Placeholder') && !isNamed(name));
  return others[index - named.length]!.name;
}
