import {
  type ActivationMap,
  allZeroChannels,
  countTiles,
  density,
  formats,
  mapStatistics,
  patternHistogram,
  type Sizes,
} from '@zeroskip/formats';
import type { InferenceSession, LayerProbe } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import { sumOfSizes } from '../../layers/bytes.ts';
import { lookAtImages, type OnFirst } from '../../layers/images.ts';
import type { LayerShape } from '../../layers/shape.ts';
import type { Environment, Origin } from '../../machine.ts';
import { mean, sum } from '../../statistics.ts';
import type { OnProgress } from '../../terminal.ts';

/** What the inputs of one convolution look like. Means are over all images of all inputs. */
export interface LayerInspection extends LayerShape {
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

/** What `zeroskip inspect --json` writes. */
export interface InspectionReport extends Origin {
  readonly environment: Environment;
  readonly layers: readonly LayerInspection[];
}

function probedShape({ name, spec, inputDims }: LayerProbe): LayerShape {
  const { outChannels, inChannels, kernel, strides, dilations, pads, group } = spec;
  const weightShape = [outChannels, inChannels / group, ...kernel];
  return { name, inputShape: inputDims, weightShape, strides, dilations, pads, group };
}

/** What one image of a convolution's input looks like. */
function inspectImage(map: ActivationMap, layer: LayerProbe) {
  const tiles = countTiles(map);
  const histogram = [...patternHistogram(map)];
  const groups = sum(histogram);
  const statistics = mapStatistics(map, layer.spec);
  const sizes = (of: (format: (typeof formats)[number]) => number | undefined) =>
    Object.fromEntries(
      formats.flatMap((format) => {
        const size = of(format);
        return size === undefined ? [] : [[format.id, size]];
      }),
    );
  return {
    shape: probedShape(layer),
    density: density(map.data),
    allZeroChannels: allZeroChannels(map).length / map.channels,
    allZeroTiles: tiles.allZero / tiles.total,
    patterns: histogram.map((count) => count / groups),
    bytes: sizes(({ formulaBytes }) => formulaBytes(statistics)),
    publishedElements: sizes(({ publishedElements }) => publishedElements(statistics)),
    own: statistics.columnSets,
    published: statistics.publishedSetIndices,
  };
}

type ImageInspection = ReturnType<typeof inspectImage>;

function meanOf(images: readonly ImageInspection[]): LayerInspection {
  const [{ shape, patterns }] = images as [ImageInspection];
  const average = (value: (image: ImageInspection) => number) => mean(images.map(value));
  const sizes = (value: (image: ImageInspection) => Sizes) =>
    sumOfSizes(images.map(value), (total) => total / images.length);
  return {
    ...shape,
    densities: images.map((image) => image.density),
    allZeroChannels: average((image) => image.allZeroChannels),
    allZeroTiles: average((image) => image.allZeroTiles),
    patterns: patterns.map((_, mask) => average((image) => image.patterns[mask]!)),
    bytes: sizes(({ bytes }) => bytes),
    publishedElements: sizes(({ publishedElements }) => publishedElements),
    columnSetIndices: { own: average(({ own }) => own), published: average(({ published }) => published) },
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
  onProgress: OnProgress,
  onFirst: OnFirst = () => {},
): Promise<LayerInspection[]> {
  const found = await lookAtImages(session, inputs, layers, onProgress, onFirst, inspectImage);
  return [...found.values()].map(meanOf);
}

/** Compression ratio: bytes of im2col ÷ bytes of the format. */
export function compressionRatio({ bytes }: Pick<LayerInspection, 'bytes'>, format: string): number {
  return bytes.im2col! / bytes[format]!;
}
