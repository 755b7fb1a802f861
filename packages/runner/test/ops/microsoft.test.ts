import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { agrees } from '../integers/integers.ts';
import { float32, type Message, model, node, valueInfo } from '../support/onnx.ts';
import { feed, relu } from '../support/relu.ts';
import { answer } from '../support/run.ts';

const microsoft = (only: Message) => ({ ...only, domain: 'com.microsoft' });

describe('operators of com.microsoft', () => {
  const w = float32([1, 1, 1, 1], [2]);
  const map = (name: string) => valueInfo(name, 'float32', [1, 1, 1, 2]);
  const fused = (inputs: string[], attributes: Parameters<typeof node>[3]) =>
    model({
      nodes: [microsoft(node('FusedConv', inputs, ['y'], attributes))],
      inputs: [map('x')],
      outputs: [map('y')],
      constants: { w, b: float32([1], [-1]), z: float32([1, 1, 1, 2], [-8, 8]) },
    });
  const values = { x: float32([1, 1, 1, 2], [-1, 3]) };

  it.each<[string, string[], Parameters<typeof node>[3], number[]]>([
    ['without an activation', ['x', 'w', 'b'], {}, [-3, 5]],
    ['with Relu', ['x', 'w', 'b'], { activation: 'Relu' }, [0, 5]],
    [
      'with LeakyRelu',
      ['x', 'w'],
      { activation: 'LeakyRelu', activation_params: { floats: [0.5] } },
      [-1, 6],
    ],
    ['with Clip', ['x', 'w'], { activation: 'Clip', activation_params: { floats: [-1, 2] } }, [-1, 2]],
    ['with a sum', ['x', 'w', 'b', 'z'], {}, [-11, 13]],
    ['with a sum and Relu', ['x', 'w', '', 'z'], { activation: 'Relu' }, [0, 14]],
  ])('FusedConv %s', async (_what, inputs, attributes, expected) => {
    expect(await answer(fused(inputs, attributes), values)).toEqual(expected);
  });

  it.each([
    ['Gelu', {}, [-0.15865525393145707, 2.9959503059]],
    ['QuickGelu', { alpha: { float: 1 } }, [-0.2689414214, 2.8577223804]],
  ])('%s', async (opType, attributes, expected) => {
    const actual = await answer(
      model({ ...relu, nodes: [microsoft(node(opType, ['x'], ['y'], attributes))] }),
      feed,
    );
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
  });
});

describe('DynamicQuantizeLSTM', () => {
  const wave = (count: number, by: number, unit = 1) =>
    Array.from({ length: count }, (_, i) => Math.round(100 * Math.sin(by * (i + 1))) * unit);
  const lstm = (constants: Record<string, Tensor>) => ({
    nodes: [
      microsoft(
        node(
          'DynamicQuantizeLSTM',
          ['x', 'w', 'r', 'b', '', '', '', '', 'sw', 'zw', 'sr', 'zr'],
          ['y', 'h', 'c'],
          { hidden_size: 2, direction: 'bidirectional' },
        ),
      ),
    ],
    inputs: [valueInfo('x', 'float32', [3, 1, 3])],
    outputs: [
      valueInfo('y', 'float32', [3, 2, 1, 2]),
      valueInfo('h', 'float32', [2, 1, 2]),
      valueInfo('c', 'float32', [2, 1, 2]),
    ],
    constants: {
      w: new Tensor('int8', wave(48, 1.1), [2, 3, 8]),
      r: new Tensor('int8', wave(32, 0.7), [2, 2, 8]),
      b: float32([2, 16], wave(32, 0.3, 0.01)),
      sw: float32(
        [2, 8],
        Array.from({ length: 16 }, (_, i) => 0.01 + i / 1000),
      ),
      zw: new Tensor('int8', new Array<number>(16).fill(0), [2, 8]),
      sr: float32([2], [0.02, 0.01]),
      zr: new Tensor('int8', [3, -4], [2]),
      ...constants,
    },
    opset: 14,
    domains: { 'com.microsoft': 1 },
  });
  const x = float32([3, 1, 3], [0.5, -1, 2, 1.5, 0.25, -0.75, 1, -2, 0.1]);

  it('gives what onnxruntime 1.30 gives, natively', async () => {
    const { results, operators } = await agrees(lstm({}), { x });
    const expected = [
      ...[0.626079, 0.213992, 0.049723, 0.000725, 0.298667, -0.097498],
      ...[0.093989, -0.359996, 0.646212, 0.068215, 0.008584, -0.003621],
    ];
    for (const [i, value] of expected.entries()) expect(results.y!.data[i]).toBeCloseTo(value, 5);
    for (const [i, value] of [0.646212, 0.068215, 0.049723, 0.000725].entries())
      expect(results.h!.data[i]).toBeCloseTo(value, 5);
    for (const [i, value] of [0.954538, 0.912467, 1.074457, 0.383759].entries())
      expect(results.c!.data[i]).toBeCloseTo(value, 5);
    expect(operators).toContain('LSTM');
  });

  it('refuses scales of another shape', async () => {
    const run = answer(model(lstm({ sr: float32([3], [1, 1, 1]) })), { x });
    await expect(run).rejects.toThrow('Expected [2] or [2, 8] for dims of input 10 of node');
  });
});
