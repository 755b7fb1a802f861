import { fileURLToPath } from 'node:url';
import { MAX_OPSET } from '@zeroskip/onnx';
import { expect, it } from 'vitest';
import { bools, floats, indexTypes, numbers } from '../../src/ops/common/types.ts';
import { isRoutine, type OperatorRow, operators, qualified } from '../../src/ops/index.ts';

const page = fileURLToPath(new URL('../../../../docs/operators.md', import.meta.url));

const named = new Map([
  [floats, 'floats'],
  [numbers, 'numbers'],
  [bools, 'bool'],
  [indexTypes, 'int32, int64'],
]);

function typesOf({ types = [undefined], inputs }: OperatorRow): string {
  const [rule] = types;
  if (inputs[1] === 0 || rule === undefined) return inputs[1] === 0 ? '' : 'all';
  return named.get(rule as typeof floats) ?? (rule as readonly string[]).join(', ');
}

function formOf(operator: OperatorRow): string {
  if (isRoutine(operator)) return 'between';
  if (!('evaluate' in operator)) return 'others';
  return operator.lower ? 'native' : 'JavaScript';
}

function rowOf(operator: OperatorRow): string[] {
  const { since = 1, until, limits = '', domain } = operator;
  const sets = domain ? '' : `${since} to ${until ?? MAX_OPSET}`;
  return [qualified(operator), sets, typesOf(operator), formOf(operator), limits];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((_, i) => Math.max(...[titles, ...rows].map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [titles, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

it('docs/operators.md lists every operator', async () => {
  const ordered = operators.toSorted((a, b) => (qualified(a) < qualified(b) ? -1 : 1));
  const text = `# Operators

The ONNX operators that \`@zeroskip/runner\` runs, ${ordered.length} in all. This page is written from the rows of the
operators in the code by \`npm run docs\`.

- **Operator sets**: the versions of ONNX's default operator set in which a model may use it.
- **Types**: of the first input. Floats are ${floats.join(' and ')}; float16 and bfloat16 are computed as float32.
  Numbers are ${numbers.join(', ')}. All are these and bool.
- **Runs**: _native_ operators have steps in C++ for float32, many also for bool and 8-bit integers, and run in
  JavaScript on the main thread for other types and where the last column says so; _others_ means that the operator is
  computed by others in sequence; _between_, that it runs on the main thread, and what follows is compiled once its
  outputs are there.

\`zeroskip check <model>\` says for a model at hand which of its operators run how.

${table(['Operator', 'Operator sets', 'Types', 'Runs', 'Limits'], ordered.map(rowOf))}
`;
  await expect(text).toMatchFileSnapshot(page);
});
