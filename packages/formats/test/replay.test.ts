import { convSpec } from '@zeroskip/tensor';
import { convolutionReference, edgeCases, seededMap, seededRandom } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { cpo, cps, type EncodedMap } from '../src/index.ts';
import { integerMap } from './maps.ts';

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Every (overlap, first slab) that a column of the map has, found by trying all of them. */
function cellsByTrial({ shape, geometry }: EncodedMap, outWidth: number) {
  const { kernel, strides, dilations, pads } = geometry;
  const cells = new Set<string>();
  for (let column = pads[1]; column < pads[1] + shape.width; column++) {
    const slabs: number[] = [];
    for (let slab = 0; slab < outWidth; slab++) {
      for (let k = 0; k < kernel[1]; k++)
        if (slab * strides[1] + k * dilations[1] === column) slabs.push(slab);
    }
    if (slabs.length > 0) cells.add(`${slabs.length},${slabs[0]}`);
  }
  return [...cells]
    .map((cell) => cell.split(',').map(Number) as [number, number])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** Convolves from the arrays of CPO alone, by the replay rule; one filter per weight set. */
function convolveCpo(
  encoded: EncodedMap,
  weights: Float32Array,
  outHeight: number,
  outWidth: number,
): Float64Array {
  const { channelFlags, channelStarts, cellEnds, indices, values } = encoded.arrays;
  const { kernel, strides, dilations } = encoded.geometry;
  const common = gcd(strides[1], dilations[1]);
  const cells = cellsByTrial(encoded, outWidth);
  const output = new Float64Array(outHeight * outWidth);
  let position = 0;
  for (let channel = 0; channel < encoded.shape.channels; channel++) {
    if (((channelFlags![channel >> 3]! >> (channel & 7)) & 1) === 0) continue;
    let entry = channelStarts![position]!;
    for (const [index, [overlap, firstSlab]] of cells.entries()) {
      const end = channelStarts![position]! + cellEnds![position * cells.length + index]!;
      for (; entry < end; entry++) {
        const row = Math.floor(indices![entry]! / kernel[1]);
        const tap = indices![entry]! % kernel[1];
        for (let t = 0; t < overlap; t++) {
          const x = firstSlab + t * (dilations[1] / common);
          const kx = tap - t * (strides[1] / common);
          for (let y = 0; y < outHeight; y++) {
            for (let ky = 0; ky < kernel[0]; ky++) {
              if (y * strides[0] + ky * dilations[0] !== row) continue;
              output[y * outWidth + x]! +=
                values![entry]! * weights[(channel * kernel[0] + ky) * kernel[1] + kx]!;
            }
          }
        }
      }
    }
    position++;
  }
  return output;
}

/** Convolves from the arrays of CPS (tile sets) alone. */
function convolveCps(
  encoded: EncodedMap,
  weights: Float32Array,
  outHeight: number,
  outWidth: number,
): Float64Array {
  const { listFlags, rowLists, rowSets, rowValues, patternEnds, channels, values } = encoded.arrays;
  const { kernel, strides, dilations, pads } = encoded.geometry;
  const tileWidth = encoded.parameters.tileWidth!;
  const patterns = 2 ** tileWidth - 1;
  const blocks = Math.ceil(encoded.shape.channels / 256);
  const tiles = Math.ceil((encoded.shape.width + pads[1] + pads[3]) / tileWidth);
  const output = new Float64Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let block = 0; block < blocks; block++) {
        const row = (y * strides[0] + ky * dilations[0]) * blocks + block;
        let list = rowLists![row]!;
        let set = rowSets![row]!;
        let value = rowValues![row]!;
        for (let tile = 0; tile < tiles; tile++) {
          const bit = row * tiles + tile;
          if (((listFlags![bit >> 3]! >> (bit & 7)) & 1) === 0) continue;
          const base = set;
          for (let pattern = 1; pattern <= patterns; pattern++) {
            for (; set < base + patternEnds![list * patterns + pattern - 1]!; set++) {
              for (let p = 0; p < tileWidth; p++) {
                if (((pattern >> p) & 1) === 0) continue;
                const column = tile * tileWidth + p;
                for (let kx = 0; kx < kernel[1]; kx++) {
                  const x = (column - kx * dilations[1]) / strides[1];
                  if (!Number.isInteger(x) || x < 0 || x >= outWidth) continue;
                  const channel = block * 256 + channels![set]!;
                  output[y * outWidth + x]! +=
                    values![value]! * weights[(channel * kernel[0] + ky) * kernel[1] + kx]!;
                }
                value++;
              }
            }
          }
          list++;
        }
      }
    }
  }
  return output;
}

function integers(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => Math.floor(random() * 9) - 4);
}

describe('a convolution from the arrays alone', () => {
  it.each([
    ['cpo', cpo, convolveCpo],
    ['cps', cps, convolveCps],
  ] as const)(
    '%s gives the sums of the definition for kernels, strides, dilations and pads of all kinds',
    (_, codec, convolve) => {
      for (const { name, spec, input, density, seed } of edgeCases()) {
        const random = seededRandom(seed);
        const channels = Math.min(spec.inChannels, 17);
        const map = integerMap(channels, input[0], input[1], density, random);
        const weights = integers(channels * spec.kernel[0] * spec.kernel[1], random);
        const single = convSpec({ ...spec, inChannels: channels, outChannels: 1, group: 1 });
        const { output, dims } = convolutionReference({
          spec: single,
          batch: 1,
          input,
          map: map.data,
          weights,
        });
        const got = convolve(codec.encode(map, single), weights, dims[2], dims[3]);
        const wrong = got.findIndex((value, i) => value !== output[i]);
        expect(wrong, name).toBe(-1);
      }
    },
  );

  it('cps joins its blocks of 256 channels', () => {
    const random = seededRandom(7);
    const map = integerMap(300, 3, 5, 0.3, random);
    const spec = convSpec({ inChannels: 300, outChannels: 1, kernel: [3, 3], pads: [1, 1, 1, 1] });
    const weights = integers(300 * 9, random);
    const { output } = convolutionReference({ spec, batch: 1, input: [3, 5], map: map.data, weights });
    expect(convolveCps(cps.encode(map, spec), weights, 3, 5)).toEqual(output);
  });
});

describe('edge-case maps', () => {
  it('zero channels and regions survive', () => {
    for (const edgeCase of edgeCases()) {
      if (edgeCase.batch !== 1 || !(edgeCase.zeroChannels || edgeCase.zeroRegion)) continue;
      const [height, width] = edgeCase.input;
      const map = { channels: edgeCase.spec.inChannels, height, width, data: seededMap(edgeCase) };
      const decoded = cps.decode(cps.encode(map, edgeCase.spec));
      const again = cpo.decode(cpo.encode(map, edgeCase.spec));
      expect(decoded.data, edgeCase.name).toEqual(again.data);
    }
  });
});
