import { describe, expect, it } from 'vitest';
import {
  float32,
  graphProto,
  int64,
  io,
  type Message,
  type ModelParts,
  node,
  valueInfo,
} from '../../support/onnx.ts';
import { runModel } from '../../support/run.ts';

/** A running sum, which also gives each partial sum. */
const summing: Message = graphProto({
  nodes: [node('Add', ['s', 'x'], ['next']), node('Identity', ['next'], ['each'])],
  inputs: [valueInfo('s', 'float32', [2]), valueInfo('x', 'float32', [2])],
  outputs: [valueInfo('next', 'float32', [2]), valueInfo('each', 'float32', [2])],
});

type Attributes = NonNullable<Parameters<typeof node>[3]>;

const parts = (attributes: Attributes, all: (string | number)[]): ModelParts => ({
  nodes: [
    node('Scan', ['s', 'x'], ['last', 'all'], {
      body: { graph: summing },
      num_scan_inputs: 1,
      ...attributes,
    }),
  ],
  ...io({ s: [2], x: ['A', 'B'] }, { last: [2], all }),
});

const feeds = { s: float32([2], [0, 10]), x: float32([2, 3], [1, 2, 3, 4, 5, 6]) };

describe('Scan', () => {
  it.each<[string, Attributes, number[], number[], number[]]>([
    ['along the last axis', { scan_input_axes: [1] }, [6, 25], [3, 2], [1, 14, 3, 19, 6, 25]],
    [
      'backwards',
      { scan_input_axes: [-1], scan_input_directions: [1] },
      [6, 25],
      [3, 2],
      [3, 16, 5, 21, 6, 25],
    ],
    [
      'with outputs along another axis, from their end',
      { scan_input_axes: [1], scan_output_axes: [1], scan_output_directions: [1] },
      [6, 25],
      [2, 3],
      [6, 3, 1, 25, 19, 14],
    ],
  ])('goes over its inputs %s', async (_what, attributes, last, dims, all) => {
    const results = await runModel(parts(attributes, ['T', 'N']), feeds);
    expect([...results.last!.data]).toEqual(last);
    expect(results.all!.dims).toEqual(dims);
    expect([...results.all!.data]).toEqual(all);
  });

  it('has each image of a batch its own length before operator set 9', async () => {
    const model: ModelParts = {
      nodes: [
        node('Scan', ['lengths', 's', 'x'], ['last', 'all'], {
          body: { graph: summing },
          num_scan_inputs: 1,
        }),
      ],
      inputs: [
        valueInfo('lengths', 'int64', [2]),
        valueInfo('s', 'float32', [2, 2]),
        valueInfo('x', 'float32', [2, 2, 2]),
      ],
      outputs: [valueInfo('last', 'float32', [2, 2]), valueInfo('all', 'float32', [2, 2, 2])],
      opset: 8,
    };
    const { last, all } = await runModel(model, {
      lengths: int64([2, 1]),
      s: float32([2, 2]),
      x: float32([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
    });
    expect([...last!.data]).toEqual([4, 6, 5, 6]);
    expect([...all!.data]).toEqual([1, 2, 4, 6, 5, 6, 0, 0]);
  });
});
