import type { Graph, ValueType } from '../model/graph.ts';
import type { Limits } from '../model/limits.ts';
import type { TypedGraph } from '../model/typed-graph.ts';
import { foldAffine } from './fold-affine.ts';
import { foldConstants } from './fold-constants.ts';
import { fuseActivation } from './fuse-activation.ts';
import { fuseAddition } from './fuse-addition.ts';
import { fusePadding } from './fuse-padding.ts';
import { prune } from './prune.ts';
import { recognizeActivations } from './recognize-activations.ts';
import { removeIdentities } from './remove-identities.ts';

const fusions = [
  removeIdentities,
  fusePadding,
  prune,
  foldAffine,
  recognizeActivations,
  prune,
  fuseActivation,
  fuseAddition,
  // What follows the sum of a residual block.
  fuseActivation,
  prune,
];

/** The graph for inputs of known types, simplified; all that remains is computed during a run. */
export function simplify(
  graph: Graph,
  inputs: ReadonlyMap<string, ValueType>,
  limits: Limits,
  fuse: boolean,
): TypedGraph {
  const folded = prune(foldConstants(graph, inputs, limits));
  return fuse ? fusions.reduce((current, rewrite) => rewrite(current), folded) : folded;
}
