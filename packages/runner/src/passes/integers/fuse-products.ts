import {
  type Constant,
  freshNames,
  type GraphNode,
  OWN_DOMAIN,
  producers,
  readers,
  type TypedGraph,
} from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';

const products: Readonly<Record<string, { readonly opType: string; readonly channelsLast: boolean }>> = {
  ConvInteger: { opType: 'ConvIntegerToFloat', channelsLast: false },
  MatMulInteger: { opType: 'MatMulIntegerToFloat', channelsLast: true },
};

/** A product of two scales, or one scale. */
interface Scales {
  readonly x: string;
  readonly w: string;
}

/** A bias of whole numbers: floats, and the shape that they take. */
interface Steps {
  readonly floats: string;
  readonly shape: string;
  readonly dims: readonly number[];
}

/**
 * Makes one operator of a product of integers and what dynamic quantization writes around it: the quantization of its
 * operand, the cast of its sums, their scale and bias.
 */
export function fuseIntegerProducts(graph: TypedGraph): TypedGraph {
  if (!graph.nodes.some(({ opType, domain }) => opType in products && !domain)) return graph;
  const reader = readers(graph);
  const producer = producers(graph);
  const names = freshNames(graph);
  const constants = new Map(graph.constants);
  const types = new Map(graph.types);
  const removed = new Set<GraphNode>();
  const fused = new Map<GraphNode, readonly GraphNode[]>();
  const typeOf = (name: string) => graph.constants.get(name) ?? graph.types.get(name);

  /** The one node that reads a value, where it is of an operator. */
  function only(name: string, opType: string): GraphNode | undefined {
    const all = reader.get(name) ?? [];
    const [first] = all;
    return all.length === 1 && first?.opType === opType && !first.domain ? first : undefined;
  }

  /** A constant with one value, or one for each channel along the one axis that has them, as a vector. */
  function vector(name: string, rank: number, channels: number, channelsLast: boolean): string | undefined {
    const constant = graph.constants.get(name);
    if (constant?.type !== 'float32') return undefined;
    const size = sizeOf(constant.dims);
    const own = constant.dims.length;
    const fromEnd = channelsLast ? 1 : rank - 1;
    const isAlong =
      size === 1 || (own >= fromEnd && constant.dims[own - fromEnd] === channels && size === channels);
    if (!isAlong || own > rank) return undefined;
    const flat: Constant = { ...constant, dims: [size], load: () => constant.load().reshape([size]) };
    const fresh = names(`${name}:vector`);
    constants.set(fresh, flat);
    return fresh;
  }

  function scalesOf(name: string, rank: number, channels: number, channelsLast: boolean): Scales | undefined {
    const own = vector(name, rank, channels, channelsLast);
    if (own) return { x: '', w: own };
    const type = typeOf(name);
    if (type?.type !== 'float32') return undefined;
    const both = producer.get(name);
    if (both?.opType === 'Mul' && !both.domain) {
      for (const [x, w] of [both.inputs, [...both.inputs].reverse()]) {
        const factor = vector(w!, rank, channels, channelsLast);
        if (factor && isSingle(x!) && typeOf(x!)!.dims.length <= rank) return { x: x!, w: factor };
      }
    }
    return isSingle(name) && type.dims.length <= rank ? { x: name, w: '' } : undefined;
  }

  const isSingle = (name: string) => sizeOf(typeOf(name)?.dims ?? [0]) === 1;

  /**
   * The bias in steps of the sums, which older quantizers add before the cast: whole floats that were cast to int32 and
   * reshaped.
   */
  function stepsOf(name: string): Steps | undefined {
    const reshape = producer.get(name);
    const cast = reshape?.opType === 'Reshape' ? producer.get(reshape.inputs[0]!) : undefined;
    const floor = cast?.opType === 'Cast' ? producer.get(cast.inputs[0]!) : undefined;
    if (floor?.opType !== 'Floor' || [reshape, cast, floor].some((node) => node!.domain)) return undefined;
    return { floats: floor.outputs[0]!, shape: reshape!.inputs[1]!, dims: typeOf(name)!.dims };
  }

  function fuse(node: GraphNode): void {
    const { opType, channelsLast } = products[node.opType]!;
    if (node.inputs[2] && !isSingle(node.inputs[2])) return;
    const early = only(node.outputs[0]!, 'Add');
    const steps = early && stepsOf(early.inputs[early.inputs[0] === node.outputs[0] ? 1 : 0]!);
    const cast = only((steps ? early : node).outputs[0]!, 'Cast');
    const type = cast && graph.types.get(cast.outputs[0]!);
    if (type?.type !== 'float32' || type.dims.join() !== typeOf(node.outputs[0]!)?.dims.join()) return;
    const rank = type.dims.length;
    const channels = type.dims[channelsLast ? rank - 1 : 1]!;
    const isMatrix = !channelsLast || typeOf(node.inputs[1]!)?.dims.length === 2;
    let last = cast!;
    const parts = steps ? [node, early, cast!] : [node, cast!];
    /** The operator that alone reads the last one's result, and keeps its dims, with its other operand. */
    const next = (kind: string): { node: GraphNode; other: string } | undefined => {
      const found = only(last.outputs[0]!, kind);
      const dims = found && graph.types.get(found.outputs[0]!)?.dims;
      if (!found || !isMatrix || dims?.join() !== type.dims.join()) return undefined;
      return { node: found, other: found.inputs[found.inputs[0] === last.outputs[0] ? 1 : 0]! };
    };
    const take = (found: GraphNode) => {
      parts.push(found);
      last = found;
    };
    const multiplied = next('Mul');
    const scales = multiplied && scalesOf(multiplied.other, rank, channels, channelsLast);
    if (scales) take(multiplied.node);
    if (steps && !scales) return;
    const added = scales && !steps ? next('Add') : undefined;
    const bias = added && vector(added.other, rank, channels, channelsLast);
    if (bias) take(added.node);
    const [x, w, zeroX = '', zeroW = ''] = node.inputs;
    const quantization = producer.get(x!);
    const isDynamic =
      quantization?.opType === 'DynamicQuantizeLinear' &&
      scales?.x === quantization.outputs[1] &&
      zeroX === quantization.outputs[2];
    const operand = isDynamic ? quantization.inputs[0]! : x!;
    const inputs = [operand, w!, scales?.x ?? '', scales?.w ?? '', zeroX, zeroW, bias ?? ''];
    while (inputs.length > 4 && inputs.at(-1) === '') inputs.pop();
    const { name, opset, attributes } = node;
    for (const part of parts) removed.add(part);
    const output = last.outputs[0]!;
    const sums = steps ? names(`${output}:sums`) : output;
    const product = { name, opType, domain: OWN_DOMAIN, opset, inputs, outputs: [sums], attributes };
    const part = (kind: string, from: readonly string[], to: string): GraphNode => ({
      name: to,
      opType: kind,
      opset,
      inputs: from,
      outputs: [to],
      attributes: new Map(),
    });
    if (!steps) {
      fused.set(last, [product]);
      return;
    }
    const [shaped, own] = [names(`${output}:steps`), names(`${output}:bias`)];
    types.set(sums, type);
    for (const each of [shaped, own]) types.set(each, { type: 'float32', dims: steps.dims });
    fused.set(last, [
      product,
      part('Reshape', [steps.floats, steps.shape], shaped),
      part('Mul', [shaped, multiplied!.other], own),
      part('Add', [sums, own], output),
    ]);
  }

  for (const node of graph.nodes) if (node.opType in products && !node.domain) fuse(node);
  const nodes = graph.nodes.flatMap((node) => fused.get(node) ?? (removed.has(node) ? [] : node));
  return { ...graph, nodes, constants, types };
}
