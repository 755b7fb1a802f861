import { Tensor } from '@zeroskip/tensor';
import {
  type ConvolutionOperands,
  type ConvolutionReference,
  compareConvolution,
  convolutionReference,
  type EdgeCase,
  edgeCases,
  seededBias,
  seededMap,
  seededWeights,
} from '@zeroskip/test-utils';
import { afterAll, describe, expect, it } from 'vitest';
import { algorithms, Convolution, convolve, refusal, selectTarget, targets } from '../src/index.ts';

const cases = [...edgeCases()];
const references = new Map<string, ConvolutionReference>();

function operandsOf(edgeCase: EdgeCase): ConvolutionOperands {
  return {
    spec: edgeCase.spec,
    batch: edgeCase.batch,
    input: edgeCase.input,
    map: seededMap(edgeCase),
    weights: seededWeights(edgeCase),
    bias: seededBias(edgeCase),
  };
}

function inputOf(edgeCase: EdgeCase) {
  return new Tensor('float32', seededMap(edgeCase), [
    edgeCase.batch,
    edgeCase.spec.inChannels,
    ...edgeCase.input,
  ]);
}

const best = targets().find((target) => target.selected)!.name;
afterAll(() => selectTarget(best));

for (const target of targets().filter(({ supported }) => supported)) {
  describe(`on ${target.name}`, () => {
    for (const { id } of algorithms()) {
      it(`${id} is within the error bound of the reference, with the same bits for 1 and 2 threads`, async () => {
        selectTarget(target.name);
        let refused = 0;
        for (const edgeCase of cases) {
          const weights = seededWeights(edgeCase);
          const reason = refusal(id, edgeCase.spec, edgeCase.input, weights);
          if (reason !== undefined) {
            expect(reason).not.toBe('');
            refused++;
            continue;
          }
          const convolution = new Convolution(edgeCase.spec, weights, seededBias(edgeCase), {
            algorithm: id,
          });
          const input = inputOf(edgeCase);
          const [one, two] = [
            await convolve(input, convolution, { threads: 1 }),
            await convolve(input, convolution, { threads: 2 }),
          ];
          convolution.release();
          const operands = operandsOf(edgeCase);
          const reference = references.get(edgeCase.name) ?? convolutionReference(operands);
          references.set(edgeCase.name, reference);
          expect(one.dims, edgeCase.name).toEqual(reference.dims);
          expect(compareConvolution(operands, one.data, reference), edgeCase.name).toBeUndefined();
          expect(Buffer.from(two.data.buffer).equals(Buffer.from(one.data.buffer)), edgeCase.name).toBe(true);
        }
        expect(cases.length - refused).toBeGreaterThan(50);
      });
    }
  });
}
