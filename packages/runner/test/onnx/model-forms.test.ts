import { constantOf, decode, defaultLimits, storedTensor } from '@zeroskip/onnx';
import { forms } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../src/index.ts';
import { encode, float32, io, type Message, modelProto, node } from '../support/onnx.ts';
import { runModel } from '../support/run.ts';

const wanted = [1.5, -2, 0.25];

/** y = x + c, with the constant as the given tensor, or as what a Constant node makes of an attribute. */
function sum(constant: { tensor: Message } | { attribute: Message }, packed = true): Uint8Array {
  const parts = { nodes: [node('Add', ['x', 'c'], ['y'])], ...io({ x: [3] }, { y: [3] }) };
  const proto = modelProto(parts) as { graph: { node: Message[]; initializer: Message[] } };
  if ('tensor' in constant) proto.graph.initializer.push({ name: 'c', ...constant.tensor });
  else {
    proto.graph.node.unshift({ ...node('Constant', [], ['c']), attribute: [constant.attribute] });
  }
  return encode('ModelProto', proto as unknown as Message, packed);
}

const raw = new Uint8Array(Float32Array.from(wanted).buffer);
const models: Readonly<Record<string, Uint8Array>> = {
  rawData: sum({ tensor: { dims: [3], dataType: 1, rawData: raw } }),
  floatData: sum({ tensor: { dims: [3], dataType: 1, floatData: wanted } }),
  'floatData, one by one': sum({ tensor: { dims: [3], dataType: 1, floatData: wanted } }, false),
  'a tensor attribute with floatData': sum({
    attribute: { name: 'value', type: 4, t: { dims: [3], dataType: 1, floatData: wanted } },
  }),
  value_floats: sum({ attribute: { name: 'value_floats', type: 6, floats: wanted } }),
};

const cases = Object.keys(forms).flatMap((form) => Object.keys(models).map((what) => ({ form, what })));

describe('a model with its values as', () => {
  it.each(cases)('$what, given as $form, yields them and no other bytes', async ({ form, what }) => {
    const { y } = await runModel(forms[form]!(models[what]!), { x: float32([3]) });
    expect(y!.data).toEqual(Float32Array.from(wanted));
  });
});

describe('a tensor decoded from', () => {
  it.each(Object.keys(forms))('%s holds its doubles', (form) => {
    const bytes = forms[form]!(encode('TensorProto', { dims: [3], dataType: 11, doubleData: wanted }));
    const given = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    const stored = storedTensor(decode('TensorProto', given, 100), defaultLimits);
    expect(constantOf(stored).load()).toEqual(new Tensor('float64', Float64Array.from(wanted)));
  });
});
