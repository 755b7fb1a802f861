import { describe, expect, it } from 'vitest';
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
