import { describe, expect, it } from 'vitest';
import { fuseElementwise } from '../../../src/compile/fuse-elementwise.ts';
import { lower } from '../../../src/compile/lower.ts';
import { simplified, x } from '../../passes/simplified.ts';
import { float32, type ModelParts, node, random, valueInfo } from '../../support/onnx.ts';
import { answer } from '../../support/run.ts';

const dims = [1, 2, 4, 4];
const z = valueInfo('z', 'float32', dims);
const three = float32([1], [3]);
const constants = { three, low: float32([], [0]), high: float32([], [6]), five: float32([1], [5]) };

function parts(nodes: ModelParts['nodes'], outputs = ['y'], shape = dims): ModelParts {
  return {
    nodes,
    inputs: [x, z],
    outputs: outputs.map((name) => valueInfo(name, 'float32', shape)),
    constants,
  };
}

/** The functions of each element-wise step, and how many inputs it has. */
function stepsOf(model: ModelParts): string[] {
  return fuseElementwise(lower(simplified(model)).actions).flatMap((action) =>
    action.kind === 'step' && action.step.op === 'elementwise'
      ? [`${action.step.inputs.length}: ${action.step.code.map((row) => row.function).join(' ')}`]
      : [],
  );
}

const ramp = [
  node('Add', ['x', 'three'], ['a']),
  node('Clip', ['a', 'low', 'high'], ['b']),
  node('Mul', ['x', 'b'], ['c']),
  node('Div', ['c', 'five'], ['y']),
];
const residual = [node('Abs', ['x'], ['a']), node('Mul', ['z', 'z'], ['b']), node('Sub', ['a', 'b'], ['y'])];

describe('element-wise steps', () => {
  it.each<[string, ModelParts['nodes'], string[]]>([
    ['a chain that reads its beginning twice', ramp, ['3: add clip mul div']],
    ['two branches', residual, ['2: abs mul sub']],
    [
      'a result that one step reads twice',
      [node('Abs', ['x'], ['a']), node('Add', ['a', 'a'], ['y'])],
      ['1: abs add'],
    ],
  ])('of %s are one', async (_what, nodes, steps) => {
    expect(stepsOf(parts(nodes))).toEqual(steps);
    const feeds = { x: random(dims, 1), z: random(dims, 2) };
    const [xs, zs] = [Array.from(feeds.x.data as Float32Array), Array.from(feeds.z.data as Float32Array)];
    const exact = {
      [ramp.length]: (a: number) => (a * Math.min(6, Math.max(0, a + 3))) / 5,
      [residual.length]: (a: number, b: number) => Math.abs(a) - b * b,
      2: (a: number) => 2 * Math.abs(a),
    }[nodes.length]!;
    const result = await answer(parts(nodes), feeds);
    for (const [i, value] of result.entries()) expect(value).toBeCloseTo(exact(xs[i]!, zs[i]!), 5);
  });

  it('stay apart where another reads the result, or it is smaller than what follows', () => {
    const shared = [node('Abs', ['x'], ['a']), node('Neg', ['a'], ['b']), node('Exp', ['a'], ['c'])];
    expect(stepsOf(parts(shared, ['b', 'c']))).toEqual(['1: abs', '1: neg', '1: exp']);
    const broadcast = [
      node('GlobalAveragePool', ['x'], ['m']),
      node('Sigmoid', ['m'], ['g']),
      node('Mul', ['x', 'g'], ['y']),
    ];
    expect(stepsOf(parts(broadcast))).toEqual(['1: sigmoid', '2: mul']);
  });

  it('are cut where one would have too many instructions', () => {
    const names = Array.from({ length: 31 }, (_, i) => (i === 0 ? 'x' : i === 30 ? 'y' : `v${i}`));
    const nodes = names.slice(1).map((name, i) => node(i % 2 ? 'Neg' : 'Abs', [names[i]!], [name]));
    expect(stepsOf(parts(nodes)).map((step) => step.split(' ').length - 1)).toEqual([24, 6]);
  });
});
