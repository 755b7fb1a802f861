import { commandOf, modelArgument, networkOptions, option, reportOptions } from '../../options.ts';
import { writeReports } from '../../report/row-files.ts';
import type { Terminal } from '../../terminal.ts';
import { AUTO, type Contender } from '../../trial/contender.ts';
import { offSentences } from '../../trial/verification.ts';
import type { BenchOptions } from './contenders.ts';
import { measureBench } from './measure.ts';
import { benchKeys, benchRecord } from './records.ts';
import { benchText } from './text.ts';

async function bench(model: string, options: BenchOptions, terminal: Terminal): Promise<void> {
  const opened: Contender[] = [];
  const interruption = terminal.interruption();
  const { signal } = interruption;
  try {
    const { report, maps } = await measureBench({ model, options, terminal, signal, opened });
    const notes = offSentences(report.verification);
    await writeReports(options, {
      report,
      records: report.layers.map((row) => benchRecord(row, notes.join(' '))),
      shown: benchKeys,
      notes,
      // The plotting library takes a while to load.
      html: async () => (await import('./page.ts')).benchPage(report, maps),
    });
    terminal.print(benchText(report));
    if (!report.interrupted) return;
    const runs = Math.min(...report.contenders.map(({ samplesMs }) => samplesMs.length));
    terminal.warn(`Interrupted after ${runs} of the runs: the figures are of these.`);
    throw signal.reason;
  } finally {
    interruption.stop();
    for (const contender of opened) await contender.release();
  }
}

export const benchCommand = (terminal: Terminal) =>
  commandOf(
    'bench',
    'time a network per layer and as a whole, against im2col and other engines, on real input',
    [
      modelArgument(),
      ...networkOptions(),
      option.threadCounts(),
      option.plans(),
      option.algorithms(`; ${AUTO} is what a session takes without a plan`),
      option.accuracy(),
      option.peers(),
      option.layers("every contender's time of each convolution, the peer's own included"),
      option.runs(),
      option.minTime(),
      option.tolerance(),
      ...reportOptions(),
    ],
  )
    .addHelpText(
      'after',
      '\nExample:\n  zeroskip bench model.onnx --input photo.jpg --plan plan.json --peers onnxruntime --json bench.json',
    )
    .action((model: string, options: BenchOptions) => bench(model, options, terminal));
