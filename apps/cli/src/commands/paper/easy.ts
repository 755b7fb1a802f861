import { density as densityOf, measureSizes } from '@zeroskip/formats';
import { algorithms, refusal } from '@zeroskip/kernels';
import { median, REFERENCE } from '@zeroskip/selector';
import { convSpec } from '@zeroskip/tensor';
import type { ShapeLayer } from '../../layers/shape-file.ts';
import { shapeInput, tryShape } from '../../layers/shape-trial.ts';
import type { OnProgress } from '../../terminal.ts';

/** Heights and widths of the paper's own timings: one channel, one 3×3 filter, stride 1, no padding. */
const SIZES = [8, 17, 50, 149];
/** The mean of the published densities of Inception-v3's 54 layers that are not pointwise. */
export const EASY_DENSITY = 0.29;

/** One size of the easy protocol. */
export interface EasyRow {
  readonly size: number;
  readonly density: number;
  /** Medians in milliseconds, lowering included, of the algorithms that accept the layer. */
  readonly ms: Readonly<Record<string, number>>;
  /** Bytes in every format. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Why the others do not. */
  readonly refusals: Readonly<Record<string, string>>;
}

/** Times the shapes that the authors' code times, with every strict algorithm on one thread. */
export async function easyProtocol(runs: number, onProgress: OnProgress): Promise<EasyRow[]> {
  const rows: EasyRow[] = [];
  for (const size of SIZES) {
    const spec = convSpec({ inChannels: 1, outChannels: 1, kernel: [3, 3] });
    const layer: ShapeLayer = { name: `${size}`, spec, input: [size, size], density: EASY_DENSITY };
    const refusals: Record<string, string> = {};
    const accepted: string[] = [];
    for (const { id } of algorithms().filter(({ strict }) => strict)) {
      const reason = refusal(id, spec, layer.input);
      if (reason !== undefined) refusals[id] = reason;
      else if (id !== REFERENCE) accepted.push(id);
    }
    const { layers } = await tryShape(layer, EASY_DENSITY, {
      threads: 1,
      algorithms: accepted,
      runs,
      tolerance: 1e-3,
    });
    const data = shapeInput(layer, EASY_DENSITY).data as Float32Array;
    rows.push({
      size,
      density: densityOf(data),
      ms: Object.fromEntries(layers[0]!.own.map((times) => [times.algorithm, median(times.samplesMs)])),
      bytes: measureSizes({ channels: 1, height: size, width: size, data }, spec),
      refusals,
    });
    onProgress(rows.length, SIZES.length, `${size} × ${size}`);
  }
  return rows;
}
