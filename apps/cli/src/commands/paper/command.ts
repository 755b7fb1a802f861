import { writeWhole } from '@zeroskip/batch';
import { Option } from 'commander';
import { writeJson } from '../../files.ts';
import { commandOf, modelArgument, networkOptions, option } from '../../options.ts';
import type { Terminal } from '../../terminal.ts';
import type { Contender } from '../../trial/contender.ts';
import { measurePaper, type PaperOptions } from './measure.ts';
import { paperMarkdown, paperText } from './text.ts';

async function paper(model: string | undefined, options: PaperOptions, terminal: Terminal): Promise<void> {
  const { json, markdown } = options;
  const opened: Contender[] = [];
  try {
    const report = await measurePaper(model, options, terminal, opened);
    await writeJson(json, report);
    if (markdown !== undefined) await writeWhole('--markdown', markdown, paperMarkdown(report));
    terminal.print(paperText(report));
  } finally {
    for (const contender of opened) await contender.release();
  }
}

export const paperCommand = (terminal: Terminal) =>
  commandOf(
    'paper',
    'measure what the paper on CPO and CPS (arXiv 2104.08314) claims, on a network and real input',
    [
      modelArgument('[model]'),
      ...networkOptions({ isMandatory: false }),
      new Option(
        '--shapes <files...>',
        'networks of given shapes and densities, as in bench/shapes of the repository, beside the model or without one',
      ),
      option.threads(),
      option.plan(),
      option.budget(),
      option.runs(),
      option.tolerance(),
      option.json(),
      option.markdown('the claims'),
    ],
  )
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip paper model.onnx --inputs a.jpg b.jpg --threads 1 --json paper.json' +
        '\n  zeroskip paper --shapes bench/shapes/inception-v3.txt bench/shapes/vgg-16.txt --threads 1',
    )
    .action((model: string | undefined, options: PaperOptions) => paper(model, options, terminal));
