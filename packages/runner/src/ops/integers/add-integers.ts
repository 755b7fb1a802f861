import { type NodeView, OWN_DOMAIN, quantizedRanges } from '@zeroskip/onnx';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { floats } from '../common/types.ts';
import { bytes, qLinearConv, requireParameter } from '../integer.ts';
import { roundHalfEven } from '../unary.ts';
import { numberOf } from './lower-maps.ts';
import { convolution, lowerQuantized } from './lower-products.ts';

/** Inputs behind the eight of the convolution. */
const [ADDEND, SCALE_ADDEND, ZERO_ADDEND, SCALE, ZERO, BIAS] = [8, 9, 10, 11, 12, 13];

const asConvolution = (node: NodeView) => node.withInputs([0, 1, 2, 3, 4, 5, 6, 7, BIAS]);

/**
 * QLinearConv, whose result and a map of its dims are added as the numbers that they stand for, and quantized. The
 * inputs behind the eight of QLinearConv are the map with its scale and zero point, those of the sum, and the bias.
 */
export const qLinearConvAdd: Operator = {
  opType: 'QLinearConvAdd',
  domain: OWN_DOMAIN,
  limits: 'One or two spatial axes.',
  inputs: [13, 14],
  types: [...qLinearConv.types!.slice(0, 8), bytes, floats, ADDEND, floats, bytes, ['int32']],
  infer(node) {
    const { dims } = qLinearConv.infer(asConvolution(node))[0]!;
    for (const index of [SCALE_ADDEND, ZERO_ADDEND, SCALE, ZERO]) requireParameter(node, index, 1);
    const addend = node.input(ADDEND).dims;
    if (addend.join() !== dims.join())
      throw node.error(`dims of input ${ADDEND}`, `[${dims.join(', ')}]`, addend, 'ERR_INVALID_SHAPE');
    return [{ type: node.input(ZERO).type, dims }];
  },
  evaluate(node, inputs, [out]) {
    const conv = [...inputs.slice(0, 8), inputs[BIAS]];
    const [own] = qLinearConv.evaluate(asConvolution(node), conv, [{ ...out!, type: inputs[7]!.type }]);
    const number = (index: number) => Number(inputs[index]!.data[0]);
    const [low, high] = quantizedRanges[out!.type]!;
    const addend = inputs[ADDEND]!.data;
    return filled<Uint8Array>(out!, (to) => {
      for (let i = 0; i < to.length; i++) {
        const first = Math.fround((Number(own!.data[i]) - number(7)) * number(6));
        const second = Math.fround((Number(addend[i]) - number(ZERO_ADDEND)) * number(SCALE_ADDEND));
        const value = roundHalfEven(Math.fround(Math.fround(first + second) / number(SCALE))) + number(ZERO);
        to[i] = Math.min(high, Math.max(low, value));
      }
    });
  },
  lower(node, lowering) {
    const addend = node.input(ADDEND);
    const [scaleOfAddend, zeroOfAddend, scale, zero] = [SCALE_ADDEND, ZERO_ADDEND, SCALE, ZERO].map((index) =>
      numberOf(node.input(index)),
    );
    const isUsual = [scaleOfAddend, scale].every((value) => value! > 0 && value! < Number.POSITIVE_INFINITY);
    if (!isUsual || zero === undefined || zeroOfAddend === undefined || addend.constant) return false;
    const sum = {
      addend: { input: addend, scale: scaleOfAddend!, zero: zeroOfAddend },
      scale: scale!,
      zero,
    };
    return lowerQuantized(node, lowering, convolution(asConvolution(node), [0, 3, 5, 8]), sum);
  },
};
