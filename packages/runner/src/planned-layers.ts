import { algorithm } from '@zeroskip/kernels';
import { checkPlan, type Plan } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import type { Graph } from './graph.ts';
import type { ConvolutionConfig } from './probe.ts';

/** A plan's choices by layer name, checked against the model. */
export async function plannedLayers(
  plan: Plan | undefined,
  bytes: Uint8Array,
  graph: Graph,
): Promise<Map<string, ConvolutionConfig>> {
  const planned = new Map<string, ConvolutionConfig>();
  if (!plan) return planned;
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  checkPlan(plan, Buffer.from(digest).toString('hex'), plan.machine);
  const names = new Set(graph.nodes.map(({ name }) => name));
  for (const layer of plan.layers) {
    if (!names.has(layer.name))
      throw rangeError('the plan', 'layers of the model', layer.name, 'ERR_INVALID_PLAN');
    algorithm(layer.algorithm);
    planned.set(layer.name, { algorithm: layer.algorithm, parameters: layer.parameters });
  }
  return planned;
}
