import { isConvolutionTrace } from '@zeroskip/runner';
import { readInputs } from '../../input/read.ts';
import type { OnFirst } from '../../layers/images.ts';
import { environment } from '../../machine.ts';
import {
  type CommonOptions,
  commandOf,
  modelArgument,
  networkOptions,
  option,
  reportOptions,
} from '../../options.ts';
import { type HeatMap, heatMap } from '../../report/heat-map.ts';
import { type ReportFiles, writeReports } from '../../report/row-files.ts';
import { tracedLayers, withNetwork } from '../../session.ts';
import { type Terminal, withProgress } from '../../terminal.ts';
import type { InspectionReport } from './measure.ts';
import { inspectLayers } from './measure.ts';
import { inspectionKeys, inspectionRecord } from './records.ts';
import { inspectionText } from './text.ts';

type InspectOptions = CommonOptions & ReportFiles;

function inspect(model: string, options: InspectOptions, terminal: Terminal): Promise<void> {
  return withNetwork(model, options, terminal, async (session, file) => {
    const { paths, inputs } = await readInputs(model, session.inputMetadata, options);
    const count = (await tracedLayers(session, inputs[0]!)).filter(isConvolutionTrace).length;
    const maps = new Map<string, HeatMap>();
    const onFirst: OnFirst = ({ name }, map) => void maps.set(name, heatMap(map));
    const layers = await withProgress(terminal, 'Inspecting', (onProgress) =>
      inspectLayers(session, inputs, count, onProgress, options.html === undefined ? undefined : onFirst),
    );
    const report: InspectionReport = {
      environment: environment(options.threads),
      model: file,
      inputs: paths,
      layers,
    };
    await writeReports(options, {
      report,
      records: layers.map(inspectionRecord),
      shown: inspectionKeys,
      // The plotting library takes a while to load.
      html: async () => (await import('./page.ts')).inspectionPage(report, maps),
    });
    terminal.print(inspectionText(layers, paths.length));
  });
}

export const inspectCommand = (terminal: Terminal) =>
  commandOf(
    'inspect',
    'show where the zeros of every convolution’s real input are, and its size in every format',
    [modelArgument(), ...networkOptions(), option.threads(), ...reportOptions()],
  )
    .addHelpText('after', '\nExample:\n  zeroskip inspect model.onnx --inputs a.jpg b.jpg --html zeros.html')
    .action((model: string, options: InspectOptions) => inspect(model, options, terminal));
