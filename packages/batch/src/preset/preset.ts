import { unexpected } from '@zeroskip/tensor';
import * as v from 'valibot';
import { channelOrders, type Preparation, resizes } from '../images/preparation.ts';
import { layouts } from '../images/shape.ts';
import { activations, boxFormats, type Task, taskNames } from '../tasks/task.ts';

/** What a preset says: how photos become a network's input, and what its output means. */
export interface Preset {
  readonly input?: Partial<Preparation>;
  /** `labels` may be the path of a file with labels, from the preset's folder. */
  readonly output?: Partial<Omit<Task, 'labels'>> & { readonly labels?: readonly string[] | string };
}

const positive = v.pipe(v.number(), v.gtValue(0));
const share = v.pipe(positive, v.maxValue(1));
const whole = v.pipe(v.number(), v.integer(), v.minValue(1));
const numbers = (one: v.GenericSchema<number>) =>
  v.union([
    v.pipe(
      one,
      v.transform((value) => [value]),
    ),
    v.pipe(v.array(one), v.minLength(1)),
  ]);

const size = v.union([
  v.pipe(
    whole,
    v.transform((side) => ({ width: side, height: side })),
  ),
  v.strictObject({ width: whole, height: whole }),
]);

const schema = v.strictObject({
  input: v.exactOptional(
    v.partial(
      v.strictObject({
        resize: v.picklist(resizes),
        size,
        multipleOf: whole,
        channels: v.picklist(channelOrders),
        layout: v.picklist(layouts),
        mean: numbers(v.number()),
        std: numbers(v.pipe(v.number(), v.notValue(0))),
        fill: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
        cropShare: share,
      }),
    ),
  ),
  output: v.exactOptional(
    v.partial(
      v.strictObject({
        task: v.picklist(taskNames),
        output: v.string(),
        activation: v.picklist(activations),
        labels: v.union([v.string(), v.array(v.string())]),
        top: whole,
        threshold: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
        iou: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
        boxes: v.picklist(boxFormats),
        draw: v.boolean(),
      }),
    ),
  ),
});

/**
 * Reads a preset.
 * @param text its JSON
 * @param what its role, for errors
 * @throws with code `ERR_INVALID_FORMAT` for what is none, naming the field
 */
export function parsePreset(text: string, what: string): Preset {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unexpected(
      'ERR_INVALID_FORMAT',
      what,
      'JSON',
      `a file that is none (${(cause as Error).message})`,
      cause,
    );
  }
  // An array is an object to the schema.
  const result = v.safeParse(schema, Array.isArray(json) ? undefined : json);
  if (result.success) return result.output as Preset;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? 'the whole';
  throw unexpected(
    'ERR_INVALID_FORMAT',
    `${field} of ${what}`,
    // What a schema without that field expects of it.
    issue.expected === 'never' ? 'no such field' : (issue.expected ?? 'a known field'),
    issue.received,
  );
}
