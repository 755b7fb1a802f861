import { node } from '@zeroskip/onnx';
import { expect, it } from 'vitest';

it('a fraction as an attribute is refused, as its type is not said', () => {
  expect(() => node('Shrink', ['x'], ['y'], { lambd: 1.5 })).toThrow(
    'Expected an integer, or { float: … }, for attribute lambd, received 1.5.',
  );
  expect(node('Shrink', ['x'], ['y'], { lambd: { float: 1.5 } })).toMatchObject({
    attribute: [{ name: 'lambd', type: 1, f: 1.5 }],
  });
});
