import {
  type ActivationMap,
  allZeroChannels,
  countTiles,
  density,
  formats,
  type MapStatistics,
  mapStatistics,
  patternHistogram,
  type Sizes,
} from '@zeroskip/formats';
import type { InferenceSession } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import { layerImages, visitLayers } from '../../layers/images.ts';
import type { TrialProgress } from '../../trial/trial.ts';

/** What the inputs of one convolution look like. Means are over all images of all inputs. */
export interface LayerInspection {
  readonly name: string;
  /** N, C, H, W. */
  readonly inputShape: readonly number[];
  /** `M × C/group × kH × kW`. */
  readonly weightShape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
  /** Non-zero share of the input, one value per image. */
  readonly densities: readonly number[];
  /** Channels that hold zeros only: the mean share. */
  readonly allZeroChannels: number;
  /** Tiles of four neighbours of a row that hold zeros only in every channel: the mean share. */
  readonly allZeroTiles: number;
  /** Share of each pattern of four neighbours of a row and channel, by its mask of non-zeros. */
  readonly patterns: readonly number[];
  /** Mean bytes in every format. */
  readonly bytes: Sizes;
  /** Mean elements by the accounting of the published tables, of the formats that have one. */
  readonly publishedElements: Sizes;
  /** Mean index elements of `cps-column` (`own`), and of the authors' layout of the same sets. */
  readonly columnSetIndices: { readonly own: number; readonly published: number };
}

interface Tally {
  readonly layer: Pick<LayerInspection, 'name' | 'inputShape' | 'weightShape'> &
    Pick<LayerInspection, 'strides' | 'dilations' | 'pads' | 'group'>;
  readonly densities: number[];
  readonly bytes: Record<string, number>;
  readonly publishedElements: Record<string, number>;
  readonly patterns: Float64Array;
  allZeroChannels: number;
  allZeroTiles: number;
  columnSets: number;
  publishedSetIndices: number;
}

const PATTERNS = 16;

function addSizes(tally: Tally, statistics: MapStatistics): void {
  for (const { id, formulaBytes, publishedElements } of formats) {
    tally.bytes[id] = (tally.bytes[id] ?? 0) + formulaBytes(statistics);
    const elements = publishedElements(statistics);
    if (elements !== undefined) {
      tally.publishedElements[id] = (tally.publishedElements[id] ?? 0) + elements;
    }
  }
  tally.columnSets += statistics.columnSets;
  tally.publishedSetIndices += statistics.publishedSetIndices;
}

function meanOf({ layer, densities, ...tally }: Tally): LayerInspection {
  const images = densities.length;
  const means = (sizes: Sizes) =>
    Object.fromEntries(Object.entries(sizes).map(([format, size]) => [format, size / images]));
  return {
    ...layer,
    densities,
    allZeroChannels: tally.allZeroChannels / images,
    allZeroTiles: tally.allZeroTiles / images,
    patterns: [...tally.patterns].map((share) => share / images),
    bytes: means(tally.bytes),
    publishedElements: means(tally.publishedElements),
    columnSetIndices: { own: tally.columnSets / images, published: tally.publishedSetIndices / images },
  };
}

/**
 * Looks at every convolution's real input. `layers`, the number of convolutions, is for the progress alone.
 * @param onFirst is given each layer's first image
 */
export async function inspectLayers(
  session: InferenceSession,
  inputs: readonly Tensor[],
  layers: number,
  onProgress: TrialProgress,
  onFirst: (name: string, map: ActivationMap) => void = () => {},
): Promise<LayerInspection[]> {
  const tallies = new Map<string, Tally>();
  await visitLayers(session, inputs, layers, onProgress, (layer) => {
    const { name, spec, inputDims } = layer;
    const { outChannels, inChannels, kernel, strides, dilations, pads, group } = spec;
    const tally = tallies.get(name) ?? {
      layer: {
        name,
        inputShape: inputDims,
        weightShape: [outChannels, inChannels / group, ...kernel],
        strides,
        dilations,
        pads,
        group,
      },
      densities: [],
      bytes: {},
      publishedElements: {},
      patterns: new Float64Array(PATTERNS),
      allZeroChannels: 0,
      allZeroTiles: 0,
      columnSets: 0,
      publishedSetIndices: 0,
    };
    tallies.set(name, tally);
    for (const map of layerImages(layer)) {
      if (tally.densities.length === 0) onFirst(name, map);
      tally.densities.push(density(map.data));
      tally.allZeroChannels += allZeroChannels(map).length / map.channels;
      const tiles = countTiles(map);
      tally.allZeroTiles += tiles.allZero / tiles.total;
      const histogram = patternHistogram(map);
      const groups = histogram.reduce((sum, count) => sum + count, 0);
      for (const [pattern, count] of histogram.entries()) tally.patterns[pattern]! += count / groups;
      addSizes(tally, mapStatistics(map, spec));
    }
  });
  return [...tallies.values()].map(meanOf);
}

/** Compression ratio: bytes of im2col ÷ bytes of the format. */
export function compressionRatio({ bytes }: Pick<LayerInspection, 'bytes'>, format: string): number {
  return bytes.im2col! / bytes[format]!;
}
