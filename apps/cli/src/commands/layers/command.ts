import { writeWhole } from '@zeroskip/batch';
import { rangeError } from '@zeroskip/tensor';
import { Option } from 'commander';
import { commandOf, option, reportOptions } from '../../options.ts';
import { writeReports } from '../../report/row-files.ts';
import type { Terminal } from '../../terminal.ts';
import { densitySweeps } from './density-fit.ts';
import type { LayersReport } from './measure.ts';
import { type LayersOptions, measureLayers } from './measure.ts';
import { comparisonKeys, comparisonRecords } from './records.ts';
import { layersText } from './text.ts';

/** Draws the times against the densities. */
async function writePlot(
  path: string,
  { comparison, interrupted }: LayersReport,
  density?: readonly number[],
) {
  const sweeps = densitySweeps(comparison.layers);
  if (sweeps.length === 0 && !interrupted)
    throw rangeError('--density', 'three densities or more for --plot', density);
  const { densityPlot } = await import('./density-plot.ts');
  await writeWhole('--plot', path, densityPlot(sweeps));
}

async function layers(options: LayersOptions, terminal: Terminal): Promise<void> {
  const { report, wanted, reason } = await measureLayers(options, terminal);
  if (options.plot !== undefined) await writePlot(options.plot, report, options.density);
  await writeReports(options, {
    report,
    records: comparisonRecords(report.comparison),
    shown: comparisonKeys,
    // The plotting library takes a while to load.
    html: async () => (await import('./page.ts')).layersPage(report),
  });
  terminal.print(layersText(report));
  if (report.interrupted) {
    terminal.warn(`Interrupted after ${report.comparison.layers.length} of ${wanted} convolutions.`);
    throw reason;
  }
}

export const layersCommand = (terminal: Terminal) =>
  commandOf('layers', 'time single convolutions of given shapes and densities, without a model', [
    new Option(
      '--shapes <file>',
      'a convolution on each line, as in bench/shapes of the repository',
    ).makeOptionMandatory(),
    option.densities(),
    option.threads(),
    option.algorithms(),
    option.peers(),
    option.layers('all convolutions'),
    option.runs(),
    option.tolerance(),
    new Option('--plot <file>', 'draws the times against the densities, as an SVG image'),
    ...reportOptions('time of a convolution', 'the times'),
  ])
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip layers --shapes bench/shapes/vgg-16.txt --threads 1 --algorithms cps,direct --peers onnxruntime' +
        '\n  zeroskip layers --shapes bench/shapes/resnet-50.txt --density 0,0.1,0.2,0.4,0.7,1 --plot sweep.svg',
    )
    .action((options: LayersOptions) => layers(options, terminal));
