import { describe, expect, it } from 'vitest';
import { type EncodedMap, type FormatArray, format, formats } from '../src/index.ts';
import { DENSE, SPARSE, WORKED_EXAMPLE } from './maps.ts';

const geometry = { kernel: [3, 3], pads: [1, 1, 1, 1] } as const;

function encodedAs(id: string): EncodedMap {
  return format(id).encode(WORKED_EXAMPLE, geometry);
}

function withArray(
  encoded: EncodedMap,
  name: string,
  change: (array: FormatArray) => FormatArray,
): EncodedMap {
  return { ...encoded, arrays: { ...encoded.arrays, [name]: change(encoded.arrays[name]!) } };
}

function withEntry(encoded: EncodedMap, name: string, index: number, value: number): EncodedMap {
  return withArray(encoded, name, (array) => {
    const copy = array.slice();
    copy[index] = value;
    return copy;
  });
}

function expectInvalid(encoded: EncodedMap, message: string, codec = format(encoded.format)): void {
  for (const use of [codec.validate, codec.decode, codec.annotate]) {
    let error: unknown;
    try {
      use(encoded);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'ERR_INVALID_FORMAT' });
    expect((error as Error).message).toContain(message);
  }
}

function refusesEntries(
  good: EncodedMap,
  entries: [name: string, index: number, value: number, message: string][],
) {
  it.each(entries)('refuses %s[%i] = %i', (name, index, value, message) =>
    expectInvalid(withEntry(good, name, index, value), message),
  );
}

describe.each(formats.map(({ id }) => id))('%s', (id) => {
  const good = encodedAs(id);

  it('passes what it encoded', () => {
    expect(() => format(id).validate(good)).not.toThrow();
  });

  it('refuses the arrays of another format', () => {
    const other = formats.find((codec) => codec.id !== id)!;
    expectInvalid(good, `Expected ${other.id} for the format, received "${id}".`, other);
  });

  it('refuses a missing, an additional and a wrongly typed array', () => {
    expectInvalid(
      { ...good, arrays: { ...good.arrays, values: undefined as never } },
      `for array values of ${id}`,
    );
    expectInvalid(
      { ...good, arrays: { ...good.arrays, more: new Uint8Array(1) } },
      `for the arrays of ${id}, received "more"`,
    );
    expectInvalid(
      { ...good, arrays: { ...good.arrays, values: new Float64Array(1) as never } },
      `for array values of ${id}`,
    );
    expectInvalid(
      { ...good, arrays: { ...good.arrays, values: new Uint8Array(1) } },
      'Expected a Float32Array for values',
    );
  });

  it('refuses one value too many and one too few', () => {
    const { length } = good.arrays.values!;
    expectInvalid(
      withArray(good, 'values', (array) => array.slice(1)),
      'Expected ',
    );
    expectInvalid(
      withArray(good, 'values', () => new Float32Array(length + 1).fill(1)),
      'Expected ',
    );
  });

  it('refuses a shape, geometry or parameter that is not one', () => {
    expectInvalid({ ...good, shape: { ...good.shape, height: 0 } }, 'for height, received 0.');
    expectInvalid({ ...good, geometry: { ...good.geometry, kernel: [9, 9] } }, 'for a kernel of 9');
    expectInvalid(
      { ...good, geometry: { ...good.geometry, pads: undefined as never } },
      'Expected pads for the geometry',
    );
    expectInvalid(
      { ...good, parameters: { ...good.parameters, depth: 3 } },
      'for parameters, received "depth".',
    );
  });

  it('refuses the padding of another layer', () => {
    expectInvalid({ ...good, geometry: { ...good.geometry, pads: [0, 1, 1, 1] } }, 'Expected ');
  });
});

describe.each(DENSE)('%s', (id) => {
  it('refuses copies that differ and padding that is not 0', () => {
    const good = encodedAs(id);
    const inside = good.arrays.values!.indexOf(4);
    expectInvalid(withEntry(good, 'values', inside, 5), ', as in its other copies for values[');
    expectInvalid(
      withEntry(good, 'values', 0, 1),
      'Expected 0, as in its other copies for values[0], received 1.',
    );
  });
});

describe.each(SPARSE)('%s', (id) => {
  it('refuses a stored zero', () => {
    expectInvalid(withEntry(encodedAs(id), 'values', 3, 0), 'for values[3], received 0.');
    expectInvalid(withEntry(encodedAs(id), 'values', 3, -0), 'for values[3], received 0.');
  });
});

describe('csr', () => {
  const good = encodedAs('csr');

  refusesEntries(good, [
    ['rowPointers', 0, 1, 'for rowPointers[0], received 1.'],
    ['rowPointers', 2, 255, 'for rowPointers[2], received 255.'],
    ['rowPointers', 2, 0, 'for rowPointers[2], received 0.'],
    ['columnIndices', 1, 0, 'for columnIndices[1], received 0.'],
    ['columnIndices', 0, 200, 'for columnIndices[0], received 200.'],
    [
      'columnIndices',
      0,
      0,
      'Expected a position that the convolution reads for columnIndices[0], received 0.',
    ],
    ['values', 0, 77, 'Expected the same value in every slab that reads it'],
  ]);

  it('refuses an element that one slab lacks', () => {
    const { rowPointers, columnIndices, values } = good.arrays;
    const last = values!.length - 1;
    const arrays = {
      rowPointers: rowPointers!.map((pointer) => Math.min(pointer, last)) as Uint8Array,
      columnIndices: columnIndices!.slice(0, last),
      values: values!.slice(0, last),
    };
    expectInvalid({ ...good, arrays }, 'Expected the same value in every slab that reads it');
  });

  it('refuses indices that are wider than their range', () => {
    const wider = withArray(good, 'columnIndices', (array) => Uint16Array.from(array));
    expectInvalid(wider, 'Expected a Uint8Array for columnIndices, received Uint16Array');
  });
});

describe('cpo', () => {
  const good = encodedAs('cpo');

  refusesEntries(good, [
    ['channelFlags', 0, 0, 'Expected 1 for the length of channelStarts, received 2.'],
    ['channelFlags', 0, 2, 'Expected no flag past channel 0 for channelFlags, received 1.'],
    ['channelStarts', 0, 1, 'Expected 0 for channelStarts[0], received 1.'],
    ['channelStarts', 1, 11, 'Expected 1 to 10 for channelStarts[1], received 11.'],
    ['channelStarts', 1, 9, 'for cellEnds['],
    ['cellEnds', 0, 200, 'for cellEnds[0], received 200.'],
    ['cellEnds', 5, 9, 'for the last of cellEnds of a channel, received 9.'],
    ['indices', 0, 255, 'Expected a position of slab 0 with overlap 2 for indices[0], received 255.'],
    ['indices', 0, 0, 'Expected a position of slab 0 with overlap 2 for indices[0], received 0.'],
    ['indices', 1, 4, 'Expected a position after the one before for indices[1], received 4.'],
  ]);
});

describe('cps-column', () => {
  const good = encodedAs('cps-column');

  refusesEntries(good, [
    ['valueStarts', 0, 1, 'Expected 0 for valueStarts[0], received 1.'],
    ['valueStarts', 1, 9, 'Expected 10 for valueStarts[1], received 9.'],
    ['words', 0, 0x10, 'Expected a mask with a set bit for words[0], received 16.'],
    ['words', 0, 0x11, 'Expected rows that the convolution reads for words[0], received 17.'],
    ['words', 0, 0x06, 'Expected a position of slab 0 with overlap 2 for words[0], received 6.'],
    ['words', 0, 0x1e, 'Expected '],
  ]);
});

describe('cps', () => {
  const good = format('cps').encode(
    { channels: 2, height: 1, width: 4, data: Float32Array.of(1, 0, 0, 2, 3, 0, 0, 4) },
    { kernel: [1, 1], pads: [0, 0, 0, 1] },
  );

  refusesEntries(good, [
    ['listFlags', 0, 0, 'Expected 0 for the length of patternEnds, received 15.'],
    ['listFlags', 0, 2, 'Expected a pattern of columns that the convolution reads'],
    ['listFlags', 0, 4, 'Expected no flag past list 1 for listFlags, received 2.'],
    ['rowLists', 1, 0, 'Expected 1 for rowLists[1], received 0.'],
    ['rowSets', 1, 1, 'Expected 2 for rowSets[1], received 1.'],
    ['rowValues', 0, 4, 'Expected 0 for rowValues[0], received 4.'],
    ['patternEnds', 14, 1, 'Expected 2 to 256 for patternEnds[14], received 1.'],
    ['patternEnds', 14, 3, 'Expected 3 for the length of channels, received 2.'],
    ['channels', 0, 2, 'Expected a channel below 2, after the one before for channels[0], received 2.'],
    ['channels', 1, 0, 'Expected a channel below 2, after the one before for channels[1], received 0.'],
  ]);

  it('refuses a channel with two patterns in one list', () => {
    const twice = withEntry(withEntry(good, 'patternEnds', 7, 1), 'channels', 1, 0);
    expectInvalid(
      withArray(twice, 'values', () => Float32Array.of(1, 2, 3, 4)),
      'Expected ',
    );
  });

  it('refuses a list of a row that nothing reads', () => {
    const strided = format('cps').encode(
      { channels: 1, height: 3, width: 2, data: Float32Array.of(1, 1, 0, 0, 1, 1) },
      { kernel: [1, 1], strides: [2, 1] },
    );
    const moved = {
      ...strided,
      arrays: {
        ...strided.arrays,
        listFlags: Uint8Array.of(0b110),
        rowLists: Uint8Array.of(0, 0, 1, 2),
        rowSets: Uint8Array.of(0, 0, 1, 2),
        rowValues: Uint8Array.of(0, 0, 2, 4),
      },
    };
    expectInvalid(moved, 'Expected no list in a row that nothing reads for listFlags, received 1.');
  });
});
