import { describe, expect, it } from 'vitest';
import {
  type AutoPad,
  autoPads,
  type ConvSpec,
  convSpec,
  dilatedExtent,
  MAX_EXTENT,
  outputSize,
  weightCount,
} from '../src/index.ts';

const minimal = { inChannels: 4, outChannels: 8, kernel: [3, 3] as const };

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
}

describe('convSpec', () => {
  it("fills in ONNX's defaults", () => {
    expect(convSpec(minimal)).toEqual({
      inChannels: 4,
      outChannels: 8,
      kernel: [3, 3],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [0, 0, 0, 0],
      group: 1,
    });
  });

  it('copies the lists that it is given', () => {
    const pads: [number, number, number, number] = [1, 2, 3, 4];
    const strides: [number, number] = [2, 3];
    const spec = convSpec({ ...minimal, pads, strides });
    pads[0] = 9;
    strides[0] = 9;
    expect(spec.pads).toEqual([1, 2, 3, 4]);
    expect(spec.strides).toEqual([2, 3]);
  });

  it.each([
    ['channels of 0', { inChannels: 0 }, 'Expected an integer from 1 to 1048576 for inChannels, received 0.'],
    [
      'a fractional channel count',
      { outChannels: 1.5 },
      'Expected an integer from 1 to 1048576 for outChannels, received 1.5.',
    ],
    [
      'NaN',
      { outChannels: Number.NaN },
      'Expected an integer from 1 to 1048576 for outChannels, received NaN.',
    ],
    ['a kernel of 0', { kernel: [0, 3] }, 'Expected an integer from 1 to 1048576 for kernel[0], received 0.'],
    [
      'a stride of 0',
      { strides: [1, 0] },
      'Expected an integer from 1 to 1048576 for strides[1], received 0.',
    ],
    [
      'a dilation of -1',
      { dilations: [-1, 1] },
      'Expected an integer from 1 to 1048576 for dilations[0], received -1.',
    ],
    [
      'a negative pad',
      { pads: [0, 0, -1, 0] },
      'Expected an integer from 0 to 1048576 for pads[2], received -1.',
    ],
    [
      'a pad past the limit',
      { pads: [0, 0, 0, MAX_EXTENT + 1] },
      'Expected an integer from 0 to 1048576 for pads[3], received 1048577.',
    ],
    ['a group of 0', { group: 0 }, 'Expected an integer from 1 to 1048576 for group, received 0.'],
    [
      'a group that does not divide the input channels',
      { group: 3 },
      'Expected a divisor of 4 input channels for group, received 3.',
    ],
    [
      'a group that does not divide the output channels',
      { group: 4, outChannels: 6 },
      'Expected a divisor of 6 output channels for group, received 4.',
    ],
  ])('refuses %s', (_, attributes, message) => {
    const action = () => convSpec({ ...minimal, ...(attributes as Partial<ConvSpec>) });
    expect(action).toThrow(RangeError);
    expect(action).toThrow(message);
    expect(codeOf(action)).toBe('ERR_INVALID_ARGUMENT');
  });

  it.each([
    [
      'a kernel of one number',
      { kernel: [3] },
      'Expected two integers [height, width] for kernel, received [3].',
    ],
    [
      'a kernel that is a number',
      { kernel: 3 },
      'Expected two integers [height, width] for kernel, received 3.',
    ],
    [
      'three strides',
      { strides: [1, 1, 1] },
      'Expected two integers [height, width] for strides, received [1, 1, 1].',
    ],
    [
      'two pads',
      { pads: [1, 1] },
      'Expected four integers [top, left, bottom, right] for pads, received [1, 1].',
    ],
    ['a string', { inChannels: '4' }, 'Expected an integer from 1 to 1048576 for inChannels, received "4".'],
  ])('refuses %s with a TypeError', (_, attributes, message) => {
    const action = () => convSpec({ ...minimal, ...(attributes as unknown as Partial<ConvSpec>) });
    expect(action).toThrow(TypeError);
    expect(action).toThrow(message);
    expect(codeOf(action)).toBe('ERR_INVALID_TYPE');
  });

  it('refuses more weights than can be addressed', () => {
    const huge = { inChannels: 1 << 20, outChannels: 1 << 20, kernel: [1 << 20, 1 << 20] as const };
    expect(codeOf(() => convSpec(huge))).toBe('ERR_LIMIT_EXCEEDED');
  });
});

describe('weightCount', () => {
  it('counts M × C/group × kH × kW', () => {
    expect(weightCount(convSpec({ inChannels: 6, outChannels: 4, kernel: [3, 5], group: 2 }))).toBe(
      4 * 3 * 3 * 5,
    );
  });
});

describe('dilatedExtent', () => {
  it.each([
    [1, 1, 1],
    [1, 4, 1],
    [3, 1, 3],
    [3, 2, 5],
    [7, 4, 25],
  ])('of kernel %i, dilation %i is %i', (kernel, dilation, extent) => {
    expect(dilatedExtent(kernel, dilation)).toBe(extent);
  });
});

/** Counts the positions at which a kernel fits, one by one. */
function countPositions(padded: number, extent: number, stride: number): number {
  let count = 0;
  for (let start = 0; start + extent <= padded; start += stride) count++;
  return count;
}

describe('outputSize', () => {
  it('counts the positions of the kernel for every extent, kernel, stride, dilation and pad', () => {
    for (let extent = 1; extent <= 9; extent++) {
      for (const kernel of [1, 2, 3, 5]) {
        for (const stride of [1, 2, 3]) {
          for (const dilation of [1, 2, 3]) {
            for (const [begin, end] of [
              [0, 0],
              [1, 0],
              [0, 2],
              [3, 4],
            ] as const) {
              const spec = convSpec({
                inChannels: 1,
                outChannels: 1,
                kernel: [kernel, 1],
                strides: [stride, 1],
                dilations: [dilation, 1],
                pads: [begin, 0, end, 0],
              });
              const expected = countPositions(extent + begin + end, dilatedExtent(kernel, dilation), stride);
              if (expected === 0) expect(() => outputSize(spec, [extent, 7])).toThrow(RangeError);
              else expect(outputSize(spec, [extent, 7])).toEqual([expected, 7]);
            }
          }
        }
      }
    }
  });

  it('keeps height and width apart', () => {
    const spec = convSpec({
      ...minimal,
      kernel: [1, 7],
      strides: [2, 1],
      dilations: [3, 2],
      pads: [0, 6, 1, 6],
    });
    expect(outputSize(spec, [10, 20])).toEqual([6, 20]);
  });

  it('names the axis on which the kernel is larger than the padded input', () => {
    const spec = convSpec({ ...minimal, kernel: [3, 3], dilations: [1, 2], pads: [1, 1, 0, 0] });
    expect(() => outputSize(spec, [4, 3])).toThrow(
      'Expected a padded input width of at least 5 for a kernel of 3 with dilation 2, received 4.',
    );
    expect(() => outputSize(spec, [1, 9])).toThrow('Expected a padded input height of at least 3');
    expect(codeOf(() => outputSize(spec, [1, 9]))).toBe('ERR_INVALID_SHAPE');
  });

  it('takes an empty input when the padding is wide enough', () => {
    expect(outputSize(convSpec({ ...minimal, pads: [2, 1, 1, 1] }), [0, 1])).toEqual([1, 1]);
  });

  it('refuses an input extent that is negative, fractional or not a number', () => {
    const spec = convSpec(minimal);
    expect(() => outputSize(spec, [-1, 5])).toThrow('for input height, received -1.');
    expect(() => outputSize(spec, [5, 2.5])).toThrow('for input width, received 2.5.');
    expect(() => outputSize(spec, [5] as never)).toThrow('for input width, received undefined.');
  });
});

describe('autoPads', () => {
  it.each(['VALID', 'NOTSET'] as const)('%s pads nothing', (mode) => {
    expect(autoPads(mode, [5, 5], [3, 3], [1, 1], [1, 1])).toEqual([0, 0, 0, 0]);
  });

  it('SAME makes the output ceil(in / stride) with the least padding, for every extent, kernel, stride and dilation', () => {
    for (let extent = 1; extent <= 12; extent++) {
      for (const kernel of [1, 2, 3, 4, 5, 7]) {
        for (const stride of [1, 2, 3, 4]) {
          for (const dilation of [1, 2, 3]) {
            const size = (mode: AutoPad): [number, number] => {
              const pads = autoPads(mode, [extent, 1], [kernel, 1], [stride, 1], [dilation, 1]);
              const spec = convSpec({
                inChannels: 1,
                outChannels: 1,
                kernel: [kernel, 1],
                strides: [stride, 1],
                dilations: [dilation, 1],
                pads,
              });
              expect(outputSize(spec, [extent, 1])).toEqual([Math.ceil(extent / stride), 1]);
              expect([pads[1], pads[3]]).toEqual([0, 0]);
              return [pads[0], pads[2]];
            };
            const [upperBegin, upperEnd] = size('SAME_UPPER');
            const [lowerBegin, lowerEnd] = size('SAME_LOWER');
            expect([lowerBegin, lowerEnd]).toEqual([upperEnd, upperBegin]);
            expect(upperEnd - upperBegin).toBeGreaterThanOrEqual(0);
            expect(upperEnd - upperBegin).toBeLessThanOrEqual(1);
            const needed =
              (Math.ceil(extent / stride) - 1) * stride + dilatedExtent(kernel, dilation) - extent;
            expect(upperBegin + upperEnd).toBe(Math.max(0, needed));
          }
        }
      }
    }
  });

  it('puts the odd pixel last for SAME_UPPER and first for SAME_LOWER, height and width apart', () => {
    expect(autoPads('SAME_UPPER', [4, 6], [3, 2], [2, 1], [1, 1])).toEqual([0, 0, 1, 1]);
    expect(autoPads('SAME_LOWER', [4, 6], [3, 2], [2, 1], [1, 1])).toEqual([1, 1, 0, 0]);
  });

  it('refuses an unknown mode', () => {
    expect(() => autoPads('SAME' as AutoPad, [4, 4], [3, 3], [1, 1], [1, 1])).toThrow(
      'Expected NOTSET, SAME_UPPER, SAME_LOWER or VALID for auto_pad, received "SAME".',
    );
  });
});
