import { int, string } from '@zeroskip/onnx';
import {
  type GraphBuilder,
  row,
  type Translate,
  type Translation,
  type Translations,
} from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import { kindOf, type TensorValue } from '../../value.ts';
import { asStrings, together } from './bytes.ts';

/** Values that must all be strings, as parts of the same bytes. */
export function stringsOf(node: TfNode, values: readonly TensorValue[], builder: GraphBuilder) {
  for (const [index, value] of values.entries()) {
    if (value.bytes === undefined || value.list) {
      throw node.error(`input ${index}`, 'a tensor of strings', kindOf(value), 'ERR_INVALID_TYPE');
    }
  }
  const merged = together(values, builder);
  return { bytes: merged.bytes!, parts: merged.values.map((value) => builder.modelOrder(value).name) };
}

const integers = (node: TfNode, name: string, rank: number | undefined, builder: GraphBuilder) =>
  builder.plain(builder.cast(`${node.name}/int32`, name, 'int32'), rank);

const split: Translate = (node, inputs, builder) => {
  const { bytes, parts } = stringsOf(node, inputs.slice(0, 2), builder);
  const attributes = { skip_empty: int(Number(node.flag('skip_empty'))) };
  const made = builder.emitter.own(node.name, 'StringSplit', [bytes, ...parts], 3, attributes);
  const [places, values, shape] = made as [string, string, string];
  return [
    integers(node, places, 2, builder),
    asStrings(builder.plain(values, 1), bytes),
    { ...integers(node, shape, 1, builder), length: 2 },
  ];
};

const nGrams: Translate = (node, inputs, builder) => {
  const { bytes, parts } = stringsOf(node, inputs.slice(0, 1), builder);
  const operands = [bytes, ...parts, builder.wide(inputs[1]!).name];
  const attributes = {
    separator: string(node.string('separator')),
    left_pad: string(node.string('left_pad')),
    right_pad: string(node.string('right_pad')),
    pad_width: int(node.int('pad_width')),
    ngram_widths: { kind: 'ints', value: BigInt64Array.from(node.ints('ngram_widths'), BigInt) },
    preserve_short_sequences: int(Number(node.flag('preserve_short_sequences'))),
  } as const;
  const made = builder.emitter.own(node.name, 'StringNGrams', operands, 3, attributes);
  const [joined, values, splits] = made as [string, string, string];
  return [asStrings(builder.plain(values, 1), joined), integers(node, splits, 1, builder)];
};

const hashBucket: Translate = (node, inputs, builder) => {
  const { bytes, parts } = stringsOf(node, inputs.slice(0, 1), builder);
  const attributes = { num_buckets: int(node.int('num_buckets')) };
  const [bucket] = builder.emitter.own(node.name, 'StringToHashBucketFast', [bytes, ...parts], 1, attributes);
  return integers(node, bucket!, inputs[0]!.rank, builder);
};

/** A comparison that takes strings, too. */
export function comparing(translation: Translation, isEqual: boolean): Translation {
  return {
    ...translation,
    takes: ['strings'],
    translate(node, inputs, builder) {
      if (inputs.every(({ bytes }) => bytes === undefined))
        return translation.translate(node, inputs, builder);
      const { bytes, parts } = stringsOf(node, inputs.slice(0, 2), builder);
      const [equal] = builder.emitter.own(node.name, 'StringEqual', [bytes, ...parts], 1);
      const name = isEqual ? equal! : builder.node(`${node.name}/not`, 'Not', [equal!]);
      return { ...builder.broadcast(inputs, name), order: 'model' };
    },
  };
}

/** Strings that come from outside: bytes along one more axis, with zeros behind each. */
export function fromRows(
  name: string,
  rows: string,
  rank: number | undefined,
  builder: GraphBuilder,
): TensorValue {
  const bytes = builder.reshape(`${name}/bytes`, rows, [-1]);
  const [parts] = builder.emitter.own(`${name}/strings`, 'StringRows', [rows], 1);
  return asStrings(builder.plain(parts!, rank), bytes);
}

/** Strings for outside. */
export function toRows(
  name: string,
  { name: parts, rank, bytes }: TensorValue,
  builder: GraphBuilder,
): TensorValue {
  const [rows] = builder.emitter.own(`${name}/rows`, 'StringsToRows', [bytes!, parts], 1);
  return builder.plain(rows!, rank === undefined ? undefined : rank + 1);
}

export const strings: Translations = {
  StringSplit: row(2, split, ['indices', 'values', 'shape'], ['strings']),
  StringNGrams: row(2, nGrams, ['ngrams', 'ngrams_splits'], ['strings']),
  StringToHashBucketFast: row(1, hashBucket, undefined, ['strings']),
};
