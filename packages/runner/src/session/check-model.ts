import { prepareAddon } from '@zeroskip/kernels';
import {
  computeType,
  type FileSource,
  type Graph,
  type GraphNode,
  type GraphValue,
  ModelFiles,
  modelBytes,
  type ValueType,
} from '@zeroskip/onnx';
import { rangeError, sizeOf } from '@zeroskip/tensor';
import { lower } from '../compile/lower.ts';
import { isRoutine, operatorOf, qualified } from '../ops/index.ts';
import { foldConstants } from '../passes/fold-constants.ts';
import { prune } from '../passes/prune.ts';
import { shapeInputs } from '../passes/shape-inputs.ts';
import { Simplifier } from '../passes/simplify.ts';
import type { SessionOptions } from './options.ts';
import { parseModel } from './parse-model.ts';
import { type Settings, settingsOf } from './settings.ts';

/** Open dims are taken to be this, a batch to be 1. */
const ASSUMED_DIM = 256;
const SMALLEST_NORMAL = 2 ** -126;

/**
 * How an operator's nodes run: as native steps; in JavaScript on the main thread, between native steps; not at all, as
 * loading computes them or another node does their work; or `missing`. `unknown` where dims could not be worked out.
 */
export type Execution = 'native' | 'javascript' | 'absorbed' | 'missing' | 'unknown';

export interface OperatorUse {
  /** With its domain where that is not the default one. */
  readonly opType: string;
  readonly execution: Execution;
  /** Names of the nodes. */
  readonly nodes: readonly string[];
  /** Elements of the largest value that one of them computes in JavaScript. */
  readonly elements: number;
}

export interface InputUse {
  readonly name: string;
  /** As the model has them; symbols or the empty string are open. */
  readonly declared: readonly (number | string)[];
  /** What the report is for. */
  readonly dims: readonly number[];
  /** Whether its values decide dims, so that the network is compiled for each of them. */
  readonly decidesShapes: boolean;
}

/** A constant of float32 with values that are slow or spoil results. */
export interface WeightReport {
  readonly name: string;
  readonly elements: number;
  /** Values other than zero below the smallest normal number, 2⁻¹²⁶. */
  readonly denormal: number;
  /** NaNs and infinities. */
  readonly nonFinite: number;
}

/** What is known of a model without running it. */
export interface ModelReport {
  readonly operators: readonly OperatorUse[];
  readonly inputs: readonly InputUse[];
  readonly weights: readonly WeightReport[];
  /** Why it was not worked out how the operators run. */
  readonly problem?: string;
}

export interface CheckOptions extends Pick<SessionOptions, 'limits' | 'externalData' | 'followLinks'> {
  /** Dims of inputs whose dims the model leaves open. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

function assumedDims(
  { name, dims = [] }: GraphValue,
  shapes: CheckOptions['shapes'] = {},
): readonly number[] {
  if (!Object.hasOwn(shapes, name))
    return dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : ASSUMED_DIM));
  const given = shapes[name]!;
  const fits =
    given.length === dims.length && dims.every((dim, i) => typeof dim === 'string' || dim === given[i]);
  if (!fits)
    throw rangeError(`shapes.${name}`, `dims that fit [${dims.join(', ')}]`, given, 'ERR_INVALID_SHAPE');
  return given;
}

interface Placement {
  readonly native: ReadonlySet<string>;
  /** Names of the nodes that are compiled, or run, once computed values are there. */
  readonly later: ReadonlySet<string>;
  /** Which nodes these begin with. */
  readonly problem?: string;
  /** Elements of the largest output, by node name. */
  readonly javascript: ReadonlyMap<string, number>;
}

function placementOf(
  graph: Graph,
  types: ReadonlyMap<string, ValueType>,
  { limits, fuse }: Settings,
): Placement {
  const native = new Set<string>();
  const javascript = new Map<string, number>();
  const { segment, rest } = new Simplifier(graph, limits, fuse).simplify(types);
  for (const action of lower(segment).actions) {
    if (action.kind === 'step') native.add(action.origin.name);
    else if (action.kind === 'host')
      javascript.set(action.node.name, Math.max(...action.types.map(({ dims }) => sizeOf(dims))));
  }
  if (!rest) return { native, javascript, later: new Set() };
  for (const node of rest.ready) if (isRoutine(operatorOf(node))) javascript.set(node.name, 0);
  const first = rest.ready.map(({ name, opType }) => `${JSON.stringify(name)} (${opType})`).join(', ');
  const problem = `What follows ${first} is compiled in a run, by values that are known then.`;
  const later = new Set([...rest.ready, ...rest.graph.nodes].map(({ name }) => name));
  return { native, javascript, later, problem };
}

function executionOf(
  node: GraphNode,
  missing: ReadonlySet<string>,
  placement: Placement | undefined,
): Execution {
  if (missing.has(qualified(node))) return 'missing';
  if (placement?.javascript.has(node.name)) return 'javascript';
  if (!placement || placement.later.has(node.name)) return 'unknown';
  return placement.native.has(node.name) ? 'native' : 'absorbed';
}

function operatorUses(
  nodes: readonly GraphNode[],
  missing: ReadonlySet<string>,
  placement: Placement | undefined,
) {
  const uses = new Map<string, OperatorUse>();
  for (const node of nodes) {
    const [opType, execution] = [qualified(node), executionOf(node, missing, placement)];
    const key = `${opType} ${execution}`;
    const before = uses.get(key);
    uses.set(key, {
      opType,
      execution,
      nodes: [...(before?.nodes ?? []), node.name],
      elements: Math.max(before?.elements ?? 0, placement?.javascript.get(node.name) ?? 0),
    });
  }
  return [...uses.values()];
}

function weightReports({ constants }: Graph): WeightReport[] {
  return [...constants].flatMap(([name, constant]) => {
    if (constant.type !== 'float32') return [];
    const values = constant.load().data as Float32Array;
    let [denormal, nonFinite] = [0, 0];
    for (const value of values) {
      if (!Number.isFinite(value)) nonFinite++;
      else if (value !== 0 && Math.abs(value) < SMALLEST_NORMAL) denormal++;
    }
    return denormal + nonFinite > 0 ? [{ name, elements: values.length, denormal, nonFinite }] : [];
  });
}

/**
 * Loads a model without packing or running it, and reports how each operator would run, which dims are open, and which
 * weights are denormal or not finite. Operators that are missing are part of the report and no error.
 * @throws errors as `InferenceSession.create` does, but for missing operators of ONNX models
 */
export async function checkModel(
  model: FileSource,
  { shapes, ...options }: CheckOptions = {},
): Promise<ModelReport> {
  await prepareAddon();
  const settings = await settingsOf(options);
  const { bytes, path } = await modelBytes(model, settings);
  const parsed = prune(
    await parseModel(bytes, settings.limits, new ModelFiles({ ...settings, path }), settings),
  );
  const missing: GraphNode[] = [];
  const folded = foldConstants(parsed, new Map(), settings.limits, (nodes) => missing.push(...nodes));
  const decide = shapeInputs(folded);
  const inputs = folded.inputs.map((input) => ({
    name: input.name,
    declared: input.dims ?? [],
    dims: assumedDims(input, shapes),
    decidesShapes: decide.has(input.name),
  }));
  const types = new Map(
    folded.inputs.map(({ name, type }, i) => [name, { type: computeType(type), dims: inputs[i]!.dims }]),
  );
  let placement: Placement | undefined;
  let problem: string | undefined;
  try {
    if (missing.length === 0) placement = placementOf(prune(folded), types, settings);
    problem = placement?.problem;
  } catch (error) {
    problem = (error as Error).message;
  }
  // Nodes inside branches that were chosen, and parts of others, are missing under their own names.
  const kinds = new Set(missing.map(qualified));
  const known = new Set(parsed.nodes.map(qualified));
  const inside = missing.filter((node) => !known.has(qualified(node)));
  return {
    operators: operatorUses([...parsed.nodes, ...inside], kinds, placement),
    inputs,
    weights: weightReports(prune(folded)),
    ...(problem !== undefined && { problem }),
  };
}
