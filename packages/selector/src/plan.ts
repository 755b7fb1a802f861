import { type Accuracy, accuracies } from '@zeroskip/kernels';
import { bytesOf, rangeError, ZeroskipError, ZeroskipRangeError } from '@zeroskip/tensor';
import * as v from 'valibot';
import { type Machine, machineDifferences } from './machine.ts';

/** The part of a layer's entry that execution needs. */
export interface LayerChoice {
  /** The Conv node's name in the graph (its first output's name where it has none). */
  readonly name: string;
  readonly algorithm: string;
  /** Values by parameter name; 0 stands for "choose by shape". */
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * What one candidate took, encoding included, in milliseconds over all rounds and inputs; without rounds, what its
 * descriptor expects on one core.
 */
export interface CandidateTimes {
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** Number of samples that the figures stand on; 0 in an estimated plan. */
  readonly rounds: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Beside the maps: packed weights, and the peak of a run; `null` in an estimated plan, which packs nothing. */
  readonly workspaceBytes: number | null;
}

/** What runs instead of an algorithm that skips zeros where there are few. */
export interface Guard {
  /** A larger share of non-zero elements in the layer's input leaves it to `algorithm`. */
  readonly density: number;
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * What is chosen: the smallest time, the smallest memory beside the maps, or the smallest of what takes at most
 * `tolerance` (a share) longer than the fastest.
 */
export type Objective =
  | { readonly kind: 'time' }
  | { readonly kind: 'memory' }
  | { readonly kind: 'balanced'; readonly tolerance: number };

/** An algorithm that does not take the layer, and why. */
export interface Refusal {
  readonly algorithm: string;
  readonly reason: string;
}

/**
 * Why measuring a layer ended: the decision was settled, or rounds or time ran out before. `estimated`: nothing was
 * measured.
 */
export type Settlement = 'settled' | 'rounds' | 'budget' | 'estimated';

/** Offline choice for one convolution, and what it stands on. */
export interface PlanLayer extends LayerChoice {
  /** The best of another algorithm than the chosen one; `null` when no other was measured. */
  readonly runnerUp: Omit<LayerChoice, 'name'> | null;
  readonly settlement: Settlement;
  /** Smallest and largest share of non-zero elements in the layer's input over the calibration inputs. */
  readonly density: { readonly min: number; readonly max: number };
  /** `null` where the choice skips no zeros, or loses little without any. */
  readonly guard: Guard | null;
  /** Every candidate, the fastest first. */
  readonly times: readonly CandidateTimes[];
  readonly refused: readonly Refusal[];
}

/**
 * What `select` writes and the runner takes: JSON, one file for one model on one machine.
 *
 * Times hold for `machine` only. Choices are valid on any machine, as every algorithm computes the same
 * convolution.
 */
export interface Plan {
  /** Of this schema. */
  readonly version: 1;
  /** SHA-256 of the model file, 64 hexadecimal digits in lower case. */
  readonly model: { readonly sha256: string };
  readonly machine: Machine;
  readonly objective: Objective;
  /** Of the algorithms among which was chosen; `standard` where a plan says nothing. */
  readonly accuracy?: Accuracy | undefined;
  /** Version of the Zeroskip packages that measured. */
  readonly library: string;
  /** In order of execution; each name once. */
  readonly layers: readonly PlanLayer[];
}

const text = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const parameters = v.record(text, v.pipe(v.number(), v.integer()));
const config = v.strictObject({ algorithm: text, parameters });

const planSchema = v.strictObject({
  version: v.literal(1),
  model: v.strictObject({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
  machine: v.strictObject({ cpu: text, target: text, threads: count, node: text }),
  objective: v.variant('kind', [
    v.strictObject({ kind: v.literal('time') }),
    v.strictObject({ kind: v.literal('memory') }),
    v.strictObject({ kind: v.literal('balanced'), tolerance: v.pipe(v.number(), v.finite(), v.minValue(0)) }),
  ]),
  accuracy: v.optional(v.picklist(accuracies)),
  library: text,
  layers: v.array(
    v.strictObject({
      name: text,
      ...config.entries,
      runnerUp: v.nullable(config),
      settlement: v.picklist(['settled', 'rounds', 'budget', 'estimated']),
      density: v.strictObject({ min: share, max: share }),
      guard: v.nullable(v.strictObject({ density: share, ...config.entries })),
      times: v.array(
        v.strictObject({
          ...config.entries,
          rounds: whole,
          median: milliseconds,
          min: milliseconds,
          max: milliseconds,
          workspaceBytes: v.nullable(whole),
        }),
      ),
      refused: v.array(v.strictObject({ algorithm: text, reason: text })),
    }),
  ),
});

function invalid(what: string, expected: string, received: string): ZeroskipRangeError {
  return new ZeroskipRangeError(`Expected ${expected} for ${what}, received ${received}.`, {
    code: 'ERR_INVALID_PLAN',
    expected,
    received,
  });
}

/**
 * Checks a plan against its schema.
 * @param value the parsed JSON
 * @throws `ZeroskipRangeError` with code `ERR_INVALID_PLAN` that names the first field at fault.
 */
export function parsePlan(value: unknown): Plan {
  const result = v.safeParse(planSchema, value);
  if (!result.success) {
    const issue = result.issues[0];
    const path = v.getDotPath(issue);
    const expected = issue.expected ?? `a value of kind ${issue.type}`;
    throw invalid(path === null ? 'the plan' : `${path} of the plan`, expected, issue.received);
  }
  const names = new Set<string>();
  for (const { name } of result.output.layers) {
    if (names.has(name)) throw rangeError('the plan', 'each layer once', name, 'ERR_INVALID_PLAN');
    names.add(name);
  }
  return result.output;
}

/**
 * Reads a plan from a file's text, or its bytes.
 * @throws with code `ERR_INVALID_PLAN` for text that is not JSON or not a plan.
 */
export function readPlan(json: string | Uint8Array | ArrayBufferLike): Plan {
  const bytes = bytesOf(json);
  let value: unknown;
  try {
    value = JSON.parse(bytes ? new TextDecoder().decode(bytes) : (json as string));
  } catch (cause) {
    throw new ZeroskipError(
      `Expected JSON for the plan, received text that is not: ${(cause as Error).message}.`,
      {
        code: 'ERR_INVALID_PLAN',
        expected: 'JSON',
        cause,
      },
    );
  }
  return parsePlan(value);
}

/** The text of a plan file. */
export function writePlan(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/**
 * Checks that a plan belongs to a model, and compares its machine with this one.
 * @returns a warning, one sentence that says what differs, or undefined on the machine of the plan.
 * @throws `ZeroskipRangeError` with code `ERR_INVALID_PLAN` for a plan of another model.
 */
export function checkPlan(plan: Plan, sha256: string, machine: Machine): string | undefined {
  if (plan.model.sha256 !== sha256) {
    throw invalid('the plan', `a plan of the model ${sha256}`, `one of the model ${plan.model.sha256}`);
  }
  const differences = machineDifferences(plan.machine, machine);
  if (differences.length === 0) return undefined;
  const worded = differences.map(({ field, there, here }) => `${field} ${there} there, ${here} here`);
  return `The plan was made on another machine (${worded.join('; ')}): its choices may not be the fastest.`;
}
