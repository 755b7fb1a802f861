import { median } from '@zeroskip/selector';
import { isStandard } from '../../layers/shape.ts';
import { factor, percent } from '../../report/figures.ts';
import { layerColumns } from '../../report/layer-columns.ts';
import { left, right, table } from '../../report/table.ts';
import { mean, sum } from '../../statistics.ts';
import { compressionRatio, type LayerInspection } from './measure.ts';
import { compressed, withDensity } from './records.ts';

const SPARSE = ['cpo', 'cps-column', 'cps'];

function layersTable(layers: readonly LayerInspection[]): string {
  return table(layers.map(withDensity), [
    ...layerColumns(),
    right('empty ch.', ({ allZeroChannels }) => percent(allZeroChannels)),
    ...SPARSE.map((id) => right(id, (layer: LayerInspection) => factor(compressionRatio(layer, id)))),
  ]);
}

function ratioTable(layers: readonly LayerInspection[]): string {
  const total = (format: string) => sum(layers.map(({ bytes }) => bytes[format]!));
  const rows = compressed.map((id) => ({
    id,
    ratios: layers.map((layer) => compressionRatio(layer, id)),
    together: total('im2col') / total(id),
  }));
  return table(rows, [
    left('format', ({ id }) => id),
    right('mean', ({ ratios }) => factor(mean(ratios))),
    right('median', ({ ratios }) => factor(median(ratios))),
    right('max', ({ ratios }) => factor(Math.max(...ratios))),
    right('together', ({ together }) => factor(together)),
  ]);
}

function comparisons(layers: readonly LayerInspection[]): string[] {
  const smaller = layers.filter(({ bytes }) => bytes.cps! <= bytes.cpo!).length;
  const within = layers.filter(({ columnSetIndices: { own, published } }) => own <= published).length;
  return [
    `cps takes no more bytes than cpo on ${smaller} of ${layers.length} layers (${percent(smaller / layers.length)}).`,
    `The index elements of cps-column are at most the published P on ${within} of ${layers.length} layers.`,
  ];
}

/** What `zeroskip inspect` prints: at most 100 columns wide. */
export function inspectionText(layers: readonly LayerInspection[], images: number): string {
  const standard = layers.filter(isStandard);
  const head = [
    `${layers.length} convolutions on ${images} ${images === 1 ? 'input' : 'inputs'}; compression ratios are bytes of im2col ÷ bytes of the format.`,
    '',
    layersTable(layers),
  ];
  if (standard.length === 0) return [...head, '', 'Every convolution is pointwise or grouped.'].join('\n');
  return [
    ...head,
    '',
    `Compression ratios of the ${standard.length} convolutions that are neither pointwise nor grouped:`,
    '',
    ratioTable(standard),
    '',
    ...comparisons(standard),
  ].join('\n');
}
