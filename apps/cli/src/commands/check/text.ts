import type { ModelReport, OperatorExecution, OperatorUse } from '@zeroskip/runner';
import { lines } from '../../report/lines.ts';
import { elastic, left, right, table } from '../../report/table.ts';

/** More elements than this in JavaScript hold up the main thread for longer than a native step takes. */
const MANY_ELEMENTS = 4096;

/** What runs native steps: the addon, or its kernels as WebAssembly. */
export type Kernels = 'native' | 'WebAssembly';

const words: Readonly<Record<Exclude<OperatorExecution, 'native'>, string>> = {
  javascript: 'JavaScript',
  absorbed: 'folded',
  missing: 'missing',
  unknown: 'not known',
};

function remark({ execution, nodes, elements }: OperatorUse): string {
  switch (execution) {
    case 'missing':
      return `first ${nodes[0]}`;
    case 'javascript':
      return `up to ${elements} elements, first ${nodes[0]}`;
    case 'absorbed':
      return 'computed while loading, or by another node';
    default:
      return '';
  }
}

const order: readonly OperatorExecution[] = ['missing', 'unknown', 'javascript', 'native', 'absorbed'];

function operatorTable(operators: readonly OperatorUse[], kernels: Kernels): string {
  const sorted = [...operators].sort(
    (a, b) => order.indexOf(a.execution) - order.indexOf(b.execution) || b.nodes.length - a.nodes.length,
  );
  return table(sorted, [
    left('operator', ({ opType }) => opType),
    right('nodes', ({ nodes }) => String(nodes.length)),
    left('runs', ({ execution }) => (execution === 'native' ? kernels : words[execution])),
    elastic('', remark),
  ]);
}

function operatorAdvice({ operators, problem }: ModelReport): string[] {
  const with_ = (execution: OperatorExecution) => operators.filter((use) => use.execution === execution);
  const missing = with_('missing');
  const slow = with_('javascript').filter(({ elements }) => elements > MANY_ELEMENTS);
  const names = (uses: readonly OperatorUse[]) => uses.map(({ opType }) => opType).join(', ');
  return lines(
    missing.length > 0 &&
      `The network does not run: ${names(missing)} ${missing.length === 1 ? 'is' : 'are'} missing. Export it without, cut it before them (decoding of boxes can follow in JavaScript), or simplify it, for example with onnxsim.`,
    problem !== undefined && `How it runs was not worked out: ${problem} Another --shape may help.`,
    slow.length > 0 &&
      `${names(slow)} ${slow.length === 1 ? 'runs' : 'run'} in JavaScript on the main thread, which is held up meanwhile: run the session in a worker thread where that matters.`,
  );
}

function inputAdvice({ inputs }: ModelReport): string[] {
  return inputs.flatMap(({ name, declared, dims, decidesShapes }) => {
    const shape = declared.map((dim) => (dim === '' ? '?' : dim)).join(' × ');
    const isOpen = declared.some((dim) => typeof dim === 'string');
    const values = decidesShapes ? ` Its values decide dims: each new one is compiled for.` : '';
    if (!isOpen) return [`Input ${name}: ${shape || 'a scalar'}.${values}`];
    return [
      `Input ${name}: ${shape}, here ${dims.join(' × ')}. Each new shape is compiled for at its first run, and those used last stay compiled.${values}`,
    ];
  });
}

function weightAdvice({ weights }: ModelReport): string[] {
  return weights.map(({ name, elements, denormal, nonFinite }) => {
    const counts = lines(denormal > 0 && `${denormal} denormal`, nonFinite > 0 && `${nonFinite} not finite`);
    const what = lines(
      denormal > 0 && 'Products with denormals take many times as long: set values below 1.2e-38 to 0.',
      nonFinite > 0 && 'A layer with values that are not finite skips no zeros, and gives NaN or infinities.',
    );
    return `Weights ${name}: ${counts.join(' and ')} of ${elements} values. ${what.join(' ')}`;
  });
}

/** A report on a model as a table, then sentences that say what to do. */
export function checkText(report: ModelReport, kernels: Kernels): string {
  const advice = [...operatorAdvice(report), ...inputAdvice(report), ...weightAdvice(report)];
  return [operatorTable(report.operators, kernels), '', ...advice].join('\n');
}
