import { buildGraph, decode, defaultLimits, type NodeProto, type ValueInfoProto } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { encode, type Message, valueInfo } from '../../../support/onnx.ts';
import { modelDraft } from '../onnx.ts';
import { INNER } from './branch.ts';
import { evaluateUnfused } from './definition.ts';
import { feedOf } from './feed.ts';

interface Parts {
  node: NodeProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  initializer: { name?: string }[];
}

/** The nodes of the graphs inside a node. */
function innerNodes({ attribute }: NodeProto): NodeProto[] {
  return attribute.flatMap(({ g }) => g?.node ?? []);
}

/** Without nodes, constants and inputs that no output needs. */
function pruned(graph: Parts): Parts {
  const needed = new Set(graph.output.map(({ name }) => name!));
  const node = graph.node.toReversed().filter((each) => {
    if (!each.output.some((name) => needed.has(name))) return false;
    for (const { input } of [each, ...innerNodes(each)]) for (const name of input) needed.add(name);
    return true;
  });
  return {
    ...graph,
    node: node.reverse(),
    input: graph.input.filter(({ name }) => needed.has(name!)),
    initializer: graph.initializer.filter(({ name }) => needed.has(name!)),
  };
}

/** `graph` with all that read value `from` reading `to`. */
function renamed(graph: Parts, from: string, to: string): Parts {
  const other = (name: string) => (name === from ? to : name);
  return {
    ...graph,
    node: graph.node.map((node) => ({ ...node, input: node.input.map(other) })),
    output: graph.output.map((output) => ({ ...output, name: other(output.name!) })),
  };
}

/** `graph` with the branch that an If takes in its place. */
function unwrapped(graph: Parts, at: number): Parts {
  const outer = (name: string) => name.replace(INNER, '');
  const inner = innerNodes(graph.node[at]!).filter(({ output }) =>
    output.some((name) => name.endsWith(INNER)),
  );
  const node = inner.map((each) => ({
    ...each,
    input: each.input.map(outer),
    output: each.output.map(outer),
  }));
  return { ...graph, node: graph.node.toSpliced(at, 1, ...node) };
}

/** Types and dims of all values, where the model is valid. */
function valuesOf(bytes: Uint8Array) {
  const graph = buildGraph(decode('ModelProto', bytes, 5000), defaultLimits, new Map());
  return evaluateUnfused(graph, Object.fromEntries(graph.inputs.map(feedOf)));
}

type Dimension = { dimValue?: bigint; dimParam?: string };

function* smallerInputs(graph: Parts): Generator<Parts> {
  for (const [i, input] of graph.input.entries()) {
    const dim = (input.type!.tensorType!.shape?.dim ?? []) as Dimension[];
    for (const [axis, { dimValue, dimParam }] of dim.entries()) {
      const size = Number(dimValue ?? dimParam?.match(/\d+$/)?.[0] ?? 1);
      const others =
        dimParam === undefined ? [1, size - 1].filter((other) => other >= 1 && other < size) : [size];
      for (const other of others) {
        const dims = dim.with(axis, { dimValue: BigInt(other) });
        const tensorType = { ...input.type!.tensorType!, shape: { dim: dims } };
        yield { ...graph, input: graph.input.with(i, { ...input, type: { tensorType } }) };
      }
    }
  }
}

async function* candidates(graph: Parts, bytes: Uint8Array): AsyncGenerator<Parts> {
  for (const output of graph.output) if (graph.output.length > 1) yield { ...graph, output: [output] };
  for (const output of graph.output)
    yield { ...graph, output: graph.output.filter((other) => other !== output) };
  for (const [at, { opType }] of graph.node.entries())
    if (opType === 'If' && innerNodes(graph.node[at]!).some(({ output }) => output[0]!.endsWith(INNER)))
      yield unwrapped(graph, at);
  const values = await valuesOf(bytes);
  for (const node of graph.node) {
    for (const name of node.output) {
      const tensor = values.get(name);
      if (!(tensor instanceof Tensor) || tensor.type !== 'float32') continue;
      const input = valueInfo(`x${name}`, 'float32', tensor.dims) as ValueInfoProto;
      yield renamed({ ...graph, input: [...graph.input, input] }, name, input.name!);
    }
  }
  for (const node of graph.node) {
    if (node.input.length > 0) yield renamed(graph, node.output[0]!, node.input[0]!);
  }
  for (const node of graph.node) {
    for (const attribute of node.attribute) {
      const rest = { ...node, attribute: node.attribute.filter((other) => other !== attribute) };
      yield { ...graph, node: graph.node.map((other) => (other === node ? rest : other)) };
    }
  }
  yield* smallerInputs(graph);
}

/**
 * The model with fewer outputs or nodes, with values fed that were computed, without attributes, or with smaller
 * inputs.
 */
export async function* simplerGraphs(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const model = modelDraft(bytes) as (Message & { graph: Message & Parts }) | undefined;
  if (!model) return;
  for await (const graph of candidates(model.graph, bytes))
    yield encode('ModelProto', { ...model, graph: pruned(graph) });
}
