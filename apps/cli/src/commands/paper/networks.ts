import { basename } from 'node:path';
import { readBytes } from '@zeroskip/batch';
import { rangeError } from '@zeroskip/tensor';
import { isStandard } from '../../layers/shape.ts';
import { parseShapes, type ShapeLayer } from '../../layers/shape-file.ts';
import { tryShape } from '../../layers/shape-trial.ts';
import { mean, savings, sumOf } from '../../statistics.ts';
import { type Terminal, withProgress } from '../../terminal.ts';
import { BASELINE } from '../../trial/contender.ts';
import { mediansOf, PAPER_ALGORITHMS, smallest } from './claims.ts';
import { authorsProtocol, type ProtocolLayer } from './protocol.ts';

/** A layer with all of its channels and filters; medians in milliseconds, encoding and lowering included. */
export interface WholeLayer {
  readonly name: string;
  readonly density: number;
  readonly ms: Readonly<Record<string, number>>;
}

/** The layers of a network, of published shapes and densities, that are neither pointwise nor grouped. */
export interface PaperNetwork {
  readonly name: string;
  readonly authors: readonly ProtocolLayer[];
  readonly whole: readonly WholeLayer[];
}

export interface NetworkOptions {
  readonly threads: number;
  readonly runs: number;
  readonly tolerance: number;
}

async function wholeLayer(layer: ShapeLayer, options: NetworkOptions): Promise<WholeLayer> {
  const { name, density } = layer;
  const { layers } = await tryShape(layer, density!, { ...options, algorithms: PAPER_ALGORITHMS });
  return { name, density: density!, ms: mediansOf(layers[0]!) };
}

/** The layers of a file of shapes that the paper is about. */
export interface ShapeNetwork {
  readonly name: string;
  readonly layers: readonly ShapeLayer[];
}

export async function readNetwork(file: string): Promise<ShapeNetwork> {
  const name = basename(file).replace(/\.txt$/, '');
  const text = (await readBytes('--shapes', file)).toString('utf8');
  const layers = parseShapes(text, basename(file)).filter(
    ({ spec, density }) =>
      density !== undefined && isStandard({ weightShape: [0, 0, ...spec.kernel], group: spec.group }),
  );
  if (layers.length > 0) return { name, layers };
  const expected = 'convolutions with a density that are neither pointwise nor grouped';
  throw rangeError('--shapes', expected, `none in ${name}`);
}

/** Times the layers of a network under the authors' protocol and whole. */
export async function measureNetwork(
  { name, layers }: ShapeNetwork,
  options: NetworkOptions,
  terminal: Terminal,
): Promise<PaperNetwork> {
  const authors = await withProgress(terminal, `${name}, one channel`, (onProgress) =>
    authorsProtocol(layers, onProgress),
  );
  const whole = await withProgress(terminal, `${name}, whole layers`, async (onProgress) => {
    const rows: WholeLayer[] = [];
    for (const layer of layers) {
      rows.push(await wholeLayer(layer, options));
      onProgress(rows.length, layers.length, layer.name);
    }
    return rows;
  });
  return { name, authors, whole };
}

/** The fastest of CPO and CPS against im2col. */
export function wholeSavings(layers: readonly WholeLayer[]) {
  const dense = ({ ms }: WholeLayer) => ms[BASELINE]!;
  const fastest = ({ ms }: WholeLayer) => smallest(ms);
  return {
    mean: mean(layers.map((layer) => savings(fastest(layer), dense(layer)))),
    together: savings(sumOf(layers, fastest), sumOf(layers, dense)),
  };
}
