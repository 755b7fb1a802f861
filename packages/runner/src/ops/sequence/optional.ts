import { Tensor } from '@zeroskip/tensor';
import type { Routine } from '../common/operator.ts';

/** Optionals are the values that they hold, or none. */
export const optionalOperators: Routine[] = [
  { opType: 'Optional', since: 15, inputs: [0, 1], run: (_node, [value]) => [value ?? null] },
  {
    opType: 'OptionalHasElement',
    since: 15,
    inputs: [0, 1],
    run: (_node, [value]) => [new Tensor('bool', [value !== undefined && value !== null], [])],
  },
  {
    opType: 'OptionalGetElement',
    since: 15,
    inputs: [1, 1],
    run(node, [value]) {
      if (value === undefined || value === null) throw node.error('input 0', 'a value', 'none');
      return [value];
    },
  },
];
