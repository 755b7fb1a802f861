import { describe, expect, it } from 'vitest';
import { chainsOf } from '../../../src/compile/chains.ts';
import { ConvolutionStore } from '../../../src/compile/convolution-store.ts';
import { lower } from '../../../src/compile/lower.ts';
import { planMemory } from '../../../src/compile/memory-plan.ts';
import { InferenceSession } from '../../../src/index.ts';
import { placesOf } from '../../../src/lowering/actions.ts';
import { simplified } from '../../passes/simplified.ts';
import { type ModelParts, model, node, random, valueInfo } from '../../support/onnx.ts';
import { traced } from '../../support/run.ts';
import { agrees } from '../agreement.ts';

const same3 = { pads: [1, 1, 1, 1] };

/** An inverted residual block on maps of `size` × `size`: of 16 channels inside, of 4 around. */
function block(size: number, isResidual = false): ModelParts {
  const dims = [1, 4, size, size];
  return {
    nodes: [
      node('Conv', ['x', 'expand'], ['e']),
      node('Relu', ['e'], ['er']),
      node('Conv', ['er', 'depthwise'], ['d'], { ...same3, group: 16 }),
      node('Relu', ['d'], ['dr']),
      node('Conv', ['dr', 'project'], isResidual ? ['p'] : ['y']),
      ...(isResidual ? [node('Conv', ['er', 'project'], ['q']), node('Add', ['p', 'q'], ['y'])] : []),
    ],
    inputs: [valueInfo('x', 'float32', dims)],
    outputs: [valueInfo('y', 'float32', dims)],
    constants: {
      expand: random([16, 4, 1, 1], 1),
      depthwise: random([16, 1, 3, 3], 2),
      project: random([4, 16, 1, 1], 3),
    },
  };
}

function chained(parts: ModelParts, algorithm = 'direct') {
  const { actions } = lower(simplified(parts));
  const store = new ConvolutionStore({ algorithm, planned: new Map(), accuracy: 'standard' }, new Set());
  const packed = new Map(
    actions.flatMap((action, index) =>
      action.kind === 'step' && action.step.op === 'conv' ? [[index, store.acquire(action.step.layer)]] : [],
    ),
  );
  const chains = chainsOf(actions, packed);
  store.clear();
  const first = actions.findIndex((action) => action.kind === 'step' && action.step.op === 'conv');
  return { actions, chains, first };
}

describe('chains of convolutions', () => {
  it('are those whose maps between are of a MiB and more', () => {
    const large = chained(block(128));
    expect([...large.chains]).toEqual([[large.first, 3]]);
    expect(chained(block(127)).chains.size).toBe(0);
  });

  it('end at a map that is read twice', () => {
    const { actions, chains, first } = chained(block(128, true));
    expect([...chains]).toEqual([[first + 1, 2]]);
    expect(actions[first + 1]).toMatchObject({ step: { layer: { name: 'd' } } });
  });

  it('have no part in algorithms that do not compute rows alone', () => {
    expect(chained(block(128), 'cps').chains.size).toBe(0);
  });

  it('keep what they read apart from what they write', () => {
    const { nodes, ...parts } = block(128);
    const [expand, , , , project] = nodes;
    const { actions, chains, first } = chained({
      ...parts,
      nodes: [expand!, { ...project!, input: ['e', 'project'] }],
    });
    expect([...chains]).toEqual([[first, 2]]);
    const read = placesOf(actions[first]!).reads[0]!.region!;
    const written = placesOf(actions[first + 1]!).writes[0]!.region!;
    const apart = ({ offsets }: ReturnType<typeof planMemory>) =>
      Math.abs(offsets.get(read)! - offsets.get(written)!) >= read.floats;
    expect(apart(planMemory(actions, chains))).toBe(true);
    // Otherwise they share their place.
    expect(apart(planMemory(actions))).toBe(false);
  });

  it('give what their convolutions give, and trace each of them', async () => {
    const { layers, results } = await agrees(block(128), { x: random([1, 4, 128, 128], 4) });
    expect(layers.filter(({ opType }) => opType === 'Conv').map(({ name }) => name)).toHaveLength(3);
    await using apart = await InferenceSession.create(model(block(128)), { fuse: false });
    const unfused = await traced(apart, { x: random([1, 4, 128, 128], 4) });
    expect(results.y!.data).toEqual(unfused.results.y!.data);
  });

  it('let their convolutions be looked at one by one', async () => {
    await using session = await InferenceSession.create(model(block(128)), { algorithm: 'direct' });
    const x = random([1, 4, 128, 128], 4);
    const whole = await session.run({ x });
    const names: string[] = [];
    const looked = await session.probe({ x }, ({ name }) => {
      names.push(name);
    });
    expect(names).toHaveLength(3);
    expect(looked.y!.data).toEqual(whole.y!.data);
  });
});
