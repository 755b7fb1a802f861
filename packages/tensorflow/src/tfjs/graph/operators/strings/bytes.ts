import type { GraphBuilder, Translation } from '../../builder.ts';
import type { TensorValue } from '../../value.ts';

/** A string is a part of a vector of bytes: this times where it begins, and its length. */
const BEGIN_UNIT = 2 ** 32;

/** The value as strings in `bytes`. */
export const asStrings = (value: TensorValue, bytes: string): TensorValue => ({ ...value, bytes });

/** The parts themselves, as integers. */
export function asParts({ bytes: _, ...value }: TensorValue): TensorValue {
  return value;
}

/** Strings as parts of one vector of bytes; numbers as they are. */
export function together(values: readonly TensorValue[], builder: GraphBuilder) {
  const all = [...new Set(values.flatMap(({ bytes }) => bytes ?? []))];
  if (all.length < 2) return { values, bytes: all[0] };
  const moved = new Map<string, string>([[all[0]!, '']]);
  let [bytes, rest] = [all[0]!, all.slice(1)];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const size = builder.node(`${bytes}/size`, 'Size', [bytes]);
    moved.set(next, builder.node(`${bytes}/end`, 'Mul', [size, builder.scalar('unit', 'int64', BEGIN_UNIT)]));
    bytes = builder.node(`${bytes}/joined`, 'Concat', [bytes, next], {
      axis: { kind: 'int', value: 0n },
    });
  }
  const shifted = values.map((value) => {
    const by = value.bytes === undefined ? '' : moved.get(value.bytes)!;
    if (by === '') return value.bytes === undefined ? value : { ...value, bytes };
    const { constant: _, ...others } = value;
    return { ...others, name: builder.node(`${value.name}/moved`, 'Add', [value.name, by]), bytes };
  });
  return { values: shifted, bytes };
}

/** An operator that moves elements, of strings, too. */
export function moving(translation: Translation): Translation {
  return {
    ...translation,
    takes: ['strings'],
    translate(node, inputs, builder) {
      const { values, bytes } = together(inputs, builder);
      const written = [translation.translate(node, values.map(asParts), builder)].flat();
      return bytes === undefined ? written : written.map((value) => asStrings(value, bytes));
    },
  };
}

/** An operator that looks at dims only. */
export function ofDims(translation: Translation): Translation {
  return {
    ...translation,
    takes: ['strings'],
    translate: (node, inputs, builder) => translation.translate(node, inputs.map(asParts), builder),
  };
}
