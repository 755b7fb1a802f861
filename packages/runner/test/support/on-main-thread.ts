import { buildGraph, constantFrom, decode, defaultLimits } from '@zeroskip/onnx';
import type { Tensor } from '@zeroskip/tensor';
import { foldConstants } from '../../src/passes/fold-constants.ts';

/**
 * Computes a model's outputs without the native addon, by folding it with its inputs as constants: the
 * reference for the lowered network.
 */
export function onMainThread(
  model: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const graph = buildGraph(decode('ModelProto', model, 1_000_000), defaultLimits, new Map());
  const constants = new Map(graph.constants);
  for (const [name, tensor] of Object.entries(feeds)) constants.set(name, constantFrom(tensor));
  const folded = foldConstants({ ...graph, inputs: [], constants }, new Map(), defaultLimits);
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, folded.constants.get(name)!.load()]));
}
