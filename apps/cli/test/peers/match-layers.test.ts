import { describe, expect, it } from 'vitest';
import { matchLayers } from '../../src/peers/match-layers.ts';

const node = (name: string, opType: string, inputs: string[], output: string) => ({
  name,
  opType,
  inputs,
  outputs: [output],
});
const conv = (name: string, input: string, output: string) => node(name, 'Conv', [input, 'w'], output);
const ran = (name: string, opType = 'Conv') => ({ node: name, opType });

/** a → BatchNormalization → Relu → b → Add(b, c) → Relu, with c beside; then a Gemm. */
const network = [
  conv('a', 'x', 'a1'),
  node('bn', 'BatchNormalization', ['a1'], 'a2'),
  node('relu', 'Relu', ['a2'], 'a3'),
  conv('b', 'a3', 'b1'),
  conv('c', 'a3', 'c1'),
  node('sum', 'Add', ['b1', 'c1'], 's1'),
  node('relu2', 'Relu', ['s1'], 's2'),
  node('matrix', 'MatMul', ['s2', 'w2'], 'm1'),
];

describe('matchLayers', () => {
  it.each([
    ['its own name', 'a'],
    ['the name of its result', 'a1_nchwc'],
    ['a result of what is fused into it', 'a3_nchwc'],
    ['a node that is fused into it', 'relu'],
    ['its name with an activation', 'fused a'],
    ['its name made unique', 'a_token_12'],
    ['a value that was cast', 'InsertedPrecisionFreeCast_a3_nchwc'],
  ])('finds a layer by %s', (_, name) => {
    expect([...matchLayers(network, ['a'], [ran(name)])]).toEqual([[name, 'a']]);
  });

  it('tells apart two layers whose sum is fused into one of them', () => {
    const nodes = [ran('s2_nchwc'), ran('b1_nchwc')];
    expect(Object.fromEntries(matchLayers(network, ['b', 'c'], nodes))).toEqual({
      s2_nchwc: 'c',
      b1_nchwc: 'b',
    });
  });

  it('finds matrix products', () => {
    const nodes = [ran('matrix/MatMulAddFusion', 'Gemm')];
    expect([...matchLayers(network, ['matrix'], nodes)]).toEqual([['matrix/MatMulAddFusion', 'matrix']]);
  });

  it('takes no node that makes no products, and none of an unknown name', () => {
    const nodes = [ran('relu', 'Relu'), ran('a3_nchwc', 'ReorderOutput'), ran('Conv_12')];
    expect(matchLayers(network, ['a', 'b'], nodes).size).toBe(0);
  });

  it('does not look beyond a result that two nodes read', () => {
    const forked = [...network, node('other', 'Relu', ['a1'], 'o')];
    expect(matchLayers(forked, ['a'], [ran('a3_nchwc')]).size).toBe(0);
  });
});
