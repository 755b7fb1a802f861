// Prints the published compression ratios of Inception-v3, the formulas' for the same shapes and densities, and those
// of real maps in bytes, of the same convolutions of nsfwjs's InceptionV3 on three photos.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { density, formats, mapStatistics, type PublishedRow, publishedRows } from '@zeroskip/formats';
import { InferenceSession } from '@zeroskip/runner';
import { nsfwInput } from './image.ts';
import { nsfwModels, prepareNsfw } from './nsfw.ts';
import { photos } from './packages.ts';

const here = dirname(fileURLToPath(import.meta.url));
const SIZE = 299;

interface Measured {
  readonly shape: string;
  readonly densities: number[];
  readonly bytes: Record<string, number>;
}

function shapeOf(
  channels: number,
  height: number,
  width: number,
  outChannels: number,
  window: readonly number[],
) {
  return [channels, height, width, outChannels, ...window].join();
}

/** Sums over the photos, in the order of execution. */
async function measure(session: InferenceSession): Promise<Measured[]> {
  const layers = new Map<string, Measured>();
  for (const photo of photos.slice(0, 3)) {
    await session.probe({ [session.inputNames[0]!]: await nsfwInput(photo, SIZE) }, (layer) => {
      const [, channels, height, width] = layer.inputDims;
      const { outChannels, kernel, strides } = layer.spec;
      const shape = shapeOf(channels, height, width, outChannels, [...kernel, ...strides]);
      const measured = layers.get(layer.name) ?? { shape, densities: [], bytes: {} };
      layers.set(layer.name, measured);
      const map = { channels, height, width, data: layer.readInput() };
      measured.densities.push(density(map.data));
      const statistics = mapStatistics(map, layer.spec);
      for (const { id, formulaBytes } of formats) {
        measured.bytes[id] = (measured.bytes[id] ?? 0) + formulaBytes(statistics);
      }
    });
  }
  return [...layers.values()];
}

/** The network's convolution for a published one: of those with its shape, the first that has none yet. */
function take(layers: Measured[], { shape, outChannels, geometry }: PublishedRow): Measured {
  const { channels, height, width } = shape;
  const window = [...geometry.kernel, ...geometry.strides];
  const wanted = shapeOf(channels, height, width, outChannels, window);
  const index = layers.findIndex((layer) => layer.shape === wanted);
  if (index < 0) throw new Error(`Expected a convolution ${wanted} in the network, received none.`);
  return layers.splice(index, 1)[0]!;
}

const COLUMNS = [
  ['cpo', ['cpo']],
  ['cps', ['cps-column', 'cps']],
  ['mec', ['mec']],
  ['cscc', ['csr']],
] as const;

function cells(row: PublishedRow, measured: Measured): string[] {
  const { layer, shape, outChannels, geometry, density: published } = row;
  const mean = measured.densities.reduce((sum, value) => sum + value, 0) / measured.densities.length;
  return [
    String(layer),
    `${shape.channels}→${outChannels} @${shape.height}`,
    geometry.kernel.join('×'),
    published.toFixed(3),
    mean.toFixed(3),
    ...COLUMNS.flatMap(([method, ids]) => [
      row.published[method].toFixed(2),
      row.formula[method].toFixed(2),
      ...ids.map((id) => (measured.bytes.im2col! / measured.bytes[id]!).toFixed(2)),
    ]),
  ];
}

const header = ['conv', 'layer', 'kernel', 'density', 'ours'];
for (const [method, ids] of COLUMNS) {
  header.push(method.toUpperCase(), 'formula', ...ids.map((id) => (ids.length > 1 ? id : 'bytes')));
}

const folder = join(here, '..', '.cache', 'inception-v3');
const inception = nsfwModels.find(({ name }) => name === 'inception-v3')!;
await using session = await InferenceSession.create(await prepareNsfw(inception, folder));
const layers = await measure(session);
const csv = await readFile(join(here, '..', 'shapes', 'inception-v3-published.csv'), 'utf8');
const lines = [header, ...publishedRows(csv).map((row) => cells(row, take(layers, row)))];
const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
console.log(`Compression ratios of Inception-v3 against im2col, higher is smaller. Upper case: published, in elements;
"formula": in elements, from the published density; last of each group: bytes of real maps (nsfwjs, three photos).
`);
for (const line of lines) console.log(line.map((cell, column) => cell.padStart(widths[column]!)).join('  '));
