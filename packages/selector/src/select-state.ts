import { ZeroskipRangeError } from '@zeroskip/tensor';
import * as v from 'valibot';
import type { StudyState } from './layer-study.ts';
import { type Machine, machineDifferences } from './machine.ts';
import type { Plan } from './plan.ts';

/** A selection that is not finished, as JSON. */
export interface SelectState {
  readonly version: 1;
  readonly model: Plan['model'];
  readonly machine: Machine;
  /** Version of the Zeroskip packages that measured. */
  readonly library: string;
  /** Ids of the calibration inputs. */
  readonly inputs: readonly string[];
  readonly studies: readonly StudyState[];
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const pair = v.tuple([whole, whole]);
const stateSchema = v.strictObject({
  version: v.literal(1),
  model: v.strictObject({ sha256: v.string() }),
  machine: v.strictObject({ cpu: v.string(), target: v.string(), threads: whole, node: v.string() }),
  library: v.string(),
  inputs: v.array(v.string()),
  studies: v.array(
    v.strictObject({
      name: v.string(),
      geometry: v.strictObject({
        spec: v.strictObject({
          inChannels: whole,
          outChannels: whole,
          kernel: pair,
          strides: pair,
          dilations: pair,
          pads: v.tuple([whole, whole, whole, whole]),
          group: whole,
        }),
        inputDims: v.tuple([whole, whole, whole, whole]),
      }),
      candidates: v.array(
        v.strictObject({
          config: v.strictObject({ algorithm: v.string(), parameters: v.record(v.string(), v.number()) }),
          samples: v.array(v.array(v.pipe(v.number(), v.finite(), v.minValue(0)))),
          workspaceBytes: whole,
        }),
      ),
      refused: v.array(v.strictObject({ algorithm: v.string(), reason: v.string() })),
      densities: v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
      settlement: v.picklist(['settled', 'rounds', 'budget', 'estimated']),
    }),
  ),
});

/**
 * Reads what `JSON.stringify` made of a state.
 * @throws `ZeroskipRangeError` with code `ERR_INVALID_PLAN` for anything else
 */
export function readState(json: string): SelectState {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = undefined;
  }
  const result = v.safeParse(stateSchema, value);
  if (result.success) return result.output;
  const received = result.issues[0].received;
  throw new ZeroskipRangeError(`Expected the state of a selection, received ${received}.`, {
    code: 'ERR_INVALID_PLAN',
    expected: 'the state of a selection',
    received,
  });
}

/** What a selection is of. */
export type SelectionIdentity = Pick<SelectState, 'model' | 'machine' | 'library' | 'inputs'>;

/** What of `state` belongs to another selection; undefined when it is of this one. */
export function foreignPart(state: SelectState, selection: SelectionIdentity): string | undefined {
  if (state.model.sha256 !== selection.model.sha256) return 'another model';
  if (state.library !== selection.library) return `version ${state.library} of the library`;
  const [difference] = machineDifferences(state.machine, selection.machine);
  if (difference) return `${difference.field} ${difference.there}`;
  return state.inputs.join('\n') === selection.inputs.join('\n') ? undefined : 'other inputs';
}
