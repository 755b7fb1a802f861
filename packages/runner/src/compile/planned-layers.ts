import { algorithm } from '@zeroskip/kernels';
import { everyNode, type Graph } from '@zeroskip/onnx';
import type { Plan } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import { nodeOfPhase } from '../lowering/stride-phases.ts';
import type { PlannedConvolution } from './algorithm-choice.ts';

/**
 * A plan's choices by layer name, checked against the model.
 * @param hash of the model, see `modelHash`
 */
export async function plannedLayers(
  plan: Plan,
  graph: Graph,
  hash: string,
): Promise<Map<string, PlannedConvolution>> {
  const planned = new Map<string, PlannedConvolution>();
  const { checkPlan } = await import('@zeroskip/selector');
  checkPlan(plan, hash, plan.machine);
  const names = new Set(everyNode(graph.nodes).map(({ name }) => name));
  for (const layer of plan.layers) {
    if (!names.has(layer.name) && !names.has(nodeOfPhase(layer.name)))
      throw rangeError('the plan', 'layers of the model', layer.name, 'ERR_INVALID_PLAN');
    const { guard } = layer;
    for (const { algorithm: id } of guard ? [layer, guard] : [layer]) algorithm(id);
    const { name, algorithm: chosen, parameters } = layer;
    planned.set(name, { algorithm: chosen, parameters, ...(guard && { guard }) });
  }
  return planned;
}
