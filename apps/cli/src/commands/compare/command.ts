import { readBytes } from '@zeroskip/batch';
import { unexpected } from '@zeroskip/tensor';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { writeJson } from '../../files.ts';
import { commandOf, option } from '../../options.ts';
import type { Terminal } from '../../terminal.ts';
import type { BenchReport } from '../bench/report.ts';
import { compareReports } from './comparison.ts';
import { compareText } from './text.ts';

interface CompareOptions {
  readonly failOn: number;
  readonly json?: string;
}

/** `5%` or `0.05`, as a share. */
function share(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() === '' || text === '%' || !(value > 0 && value < 1)) {
    throw new InvalidArgumentError('Expected a share such as 5% or 0.05.');
  }
  return value;
}

/** What "bench --json" wrote; only what a comparison needs is looked at. */
async function readReport(what: string, path: string): Promise<BenchReport> {
  const bytes = await readBytes(what, path);
  let report: Partial<BenchReport> | undefined;
  try {
    report = JSON.parse(bytes.toString('utf8')) as Partial<BenchReport>;
  } catch {
    report = undefined;
  }
  const isReport =
    typeof report?.model?.sha256 === 'string' &&
    typeof report.environment?.peers === 'object' &&
    Array.isArray(report.contenders) &&
    report.contenders.every(
      ({ name, samplesMs }) =>
        typeof name === 'string' &&
        Array.isArray(samplesMs) &&
        samplesMs.length > 0 &&
        samplesMs.every((ms) => Number.isFinite(ms) && ms > 0),
    );
  if (!isReport) {
    const expected = 'a report that "zeroskip bench --json" wrote';
    throw unexpected('ERR_INVALID_ARGUMENT', what, expected, `${JSON.stringify(path)}, which is none`);
  }
  return report as BenchReport;
}

/** A comparison that found a contender slower than is allowed. */
export class Regression extends Error {}

export const compareCommand = (terminal: Terminal) =>
  commandOf('compare', 'compare the whole-network times of two reports of "zeroskip bench --json"', [
    new Argument('<first>', 'the report before'),
    new Argument('<second>', 'the report after'),
    new Option(
      '--fail-on <share>',
      'exit with status 3 when a contender is slower by more, with 95 % confidence',
    )
      .argParser(share)
      .default(0.05, '5%'),
    option.json(),
  ])
    .addHelpText('after', '\nExample:\n  zeroskip compare before.json after.json --fail-on 5%')
    .action(async (first: string, second: string, { failOn, json }: CompareOptions) => {
      const comparison = compareReports(
        await readReport('the first report', first),
        await readReport('the second report', second),
        failOn,
      );
      await writeJson(json, comparison);
      terminal.print(compareText(comparison, failOn));
      const slower = comparison.contenders.filter(({ change }) => change === 'slower');
      if (slower.length > 0)
        throw new Regression(`${slower.map(({ name }) => name).join(', ')} slower than allowed.`);
    });
