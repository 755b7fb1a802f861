import { formats } from '@zeroskip/formats';
import { median } from '@zeroskip/selector';
import { isStandard } from '../../layers/shape.ts';
import { factor, percent } from '../../report/figures.ts';
import { kernelText, layerName } from '../../report/layer-columns.ts';
import { shorten, table } from '../../report/table.ts';
import { mean } from '../../statistics.ts';
import { compressionRatio, type LayerInspection } from './measure.ts';
import { meanDensity } from './records.ts';

const SPARSE = ['cpo', 'cps-column', 'cps'];

const right = (title: string) => ({ title, align: 'right' as const });

function layersTable(layers: readonly LayerInspection[]): string {
  const columns = [
    { title: 'layer', elastic: true },
    right('channels'),
    right('map'),
    { title: 'kernel' },
    right('density'),
    right('empty ch.'),
    ...SPARSE.map((format) => right(format)),
  ];
  const rows = layers.map((layer) => {
    const [, channels, height, width] = layer.inputShape;
    return [
      layerName(layer),
      `${channels}→${layer.weightShape[0]}`,
      `${height}×${width}`,
      shorten(kernelText(layer), 16),
      meanDensity(layer).toFixed(2),
      percent(layer.allZeroChannels),
      ...SPARSE.map((format) => factor(compressionRatio(layer, format))),
    ];
  });
  return table(columns, rows);
}

function ratioTable(layers: readonly LayerInspection[]): string {
  const columns = [{ title: 'format' }, ...['mean', 'median', 'max', 'together'].map(right)];
  const total = (format: string) => layers.reduce((sum, { bytes }) => sum + bytes[format]!, 0);
  const rows = formats
    .filter(({ id }) => id !== 'im2col')
    .map(({ id }) => {
      const ratios = layers.map((layer) => compressionRatio(layer, id));
      const figures = [mean(ratios), median(ratios), Math.max(...ratios), total('im2col') / total(id)];
      return [id, ...figures.map(factor)];
    });
  return table(columns, rows);
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
