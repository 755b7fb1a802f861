import { composite } from './common/composite.ts';
import type { Composite } from './common/operator.ts';
import { floats } from './common/types.ts';

/** x · sigmoid(alpha · x). */
export function swish(row: Pick<Composite, 'opType' | 'domain' | 'since'>, absent: number): Composite {
  return composite({ ...row, inputs: [1, 1], types: [floats] }, (node, parts, output) => {
    const { name: x, type } = node.input(0);
    const alpha = node.float('alpha', absent);
    const scaled = alpha === 1 ? x : parts.add('Mul', [x, parts.scalar(type, alpha)]);
    parts.add('Mul', [x, parts.add('Sigmoid', [scaled])], { output });
  });
}
