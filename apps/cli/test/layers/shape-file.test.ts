import { readFileSync } from 'node:fs';
import { density } from '@zeroskip/formats';
import { describe, expect, it } from 'vitest';
import { randomMap } from '../../src/input/random.ts';
import { parseShapes } from '../../src/layers/shape-file.ts';

const parse = (text: string) => parseShapes(text, 'my.txt');

describe('parseShapes', () => {
  it('reads a convolution from each line, without comments', () => {
    const text = '# name …\n\nfirst 3 224 220 64 7 2 3 1 1.0 # image\r\n  second 64 9 8 32 1x7 2x1 0x3 4 -\n';
    expect(parse(text)).toEqual([
      {
        name: 'first',
        spec: {
          inChannels: 3,
          outChannels: 64,
          group: 1,
          kernel: [7, 7],
          strides: [2, 2],
          dilations: [1, 1],
          pads: [3, 3, 3, 3],
        },
        input: [224, 220],
        density: 1,
      },
      {
        name: 'second',
        spec: expect.objectContaining({ group: 4, kernel: [1, 7], strides: [2, 1], pads: [0, 3, 0, 3] }),
        input: [9, 8],
        density: undefined,
      },
    ]);
  });

  it('reads four pads', () => {
    expect(parse('a 1 9 9 1 3 2 0,1,2,3 1 0.5')[0]!.spec.pads).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['a field too few', '\na 1 9 9 1 3 2 0 1', /10 fields \(name, .*\) for line 2 of my\.txt, received 9/],
    [
      'a density above 1',
      'a 1 9 9 1 3 1 0 1 1.5',
      /^In line 1 of my\.txt: Expected a number from 0 to 1 or -/,
    ],
    ['a number that is none', 'a 1 9 9 x 3 1 0 1 1', /^In line 1 of my\.txt: .*outChannels/],
    ['a kernel of three extents', 'a 1 9 9 1 3x3x3 1 0 1 1', /kernel/],
    ['three pads', 'a 1 9 9 1 3 1 0,0,0 1 1', /pads/],
    ['channels that the groups do not divide', 'a 3 9 9 4 3 1 0 2 1', /group/],
    ['a kernel larger than its input', 'a 1 2 2 1 3 1 0 1 1', /^In line 1/],
    ['no convolution', '# nothing\n', /at least one convolution for my\.txt/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it.each([
    ['alexnet', 5, 5, 665_784_864],
    ['vgg-16', 13, 13, 15_346_630_656],
    ['resnet-50', 53, 17, 4_087_136_256],
    ['googlenet', 57, 1, 1_581_647_872],
    ['inception-v3', 94, 94, 5_711_168_096],
  ])('reads all of %s', (network, count, withDensity, products) => {
    const file = new URL(`../../../../bench/shapes/${network}.txt`, import.meta.url);
    const layers = parseShapes(readFileSync(file, 'utf8'), network);
    expect(layers).toHaveLength(count);
    expect(new Set(layers.map(({ name }) => name)).size).toBe(count);
    expect(layers.filter((layer) => layer.density !== undefined)).toHaveLength(withDensity);
    const total = layers.reduce((sum, { spec, input }) => {
      const { kernel, strides, pads, inChannels, outChannels, group } = spec;
      const height = Math.floor((input[0] + pads[0] + pads[2] - kernel[0]) / strides[0]) + 1;
      const width = Math.floor((input[1] + pads[1] + pads[3] - kernel[1]) / strides[1]) + 1;
      return sum + height * width * kernel[0] * kernel[1] * (inChannels / group) * outChannels;
    }, 0);
    expect(total).toBe(products);
  });
});

describe('randomMap', () => {
  it.each([0, 0.3, 1])('has the density %f, and nothing negative', (share) => {
    const map = randomMap(20_000, share, 5);
    expect(Math.abs(density(map) - share)).toBeLessThan(0.02);
    expect(Math.min(...map.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(randomMap(20_000, share, 5)).toEqual(map);
  });
});
