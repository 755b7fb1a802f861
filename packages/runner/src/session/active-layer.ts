import type { Accuracy } from '@zeroskip/kernels';
import { algorithms, type Convolution, type ProgramRun, type View } from '@zeroskip/kernels';
import { repack, ZeroskipError } from '@zeroskip/tensor';
import { type ConvolutionConfig, layerRefusal } from '../compile/algorithm-choice.ts';
import { packLayer } from '../compile/convolution-store.ts';
import type { ConvLayer } from '../lowering/actions.ts';
import type { Addend, Candidate, ConfigTiming, LayerProbe } from './probe.ts';

/** Where a convolution reads and writes. */
interface LayerViews {
  readonly input: View;
  readonly output: View;
  readonly addend?: View;
  readonly addFirst?: boolean;
}

/** The convolution that a probed run is about to execute. */
export class ActiveLayer implements LayerProbe {
  readonly #layer: ConvLayer;
  readonly #run: ProgramRun;
  readonly #step: number;
  readonly #views: LayerViews;
  readonly #threads: number;
  readonly #accuracy: Accuracy;
  #weights: Float32Array | undefined;
  #closed = false;

  constructor(
    layer: ConvLayer,
    run: ProgramRun,
    step: number,
    views: LayerViews,
    { threads, accuracy }: { readonly threads: number; readonly accuracy: Accuracy },
  ) {
    this.#layer = layer;
    this.#run = run;
    this.#step = step;
    this.#views = views;
    this.#threads = threads;
    this.#accuracy = accuracy;
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new ZeroskipError(`Expected a layer during its visit, received ${this.name} after it.`, {
      code: 'ERR_RELEASED',
      nodeName: this.name,
    });
  }

  /** The run goes on: its input is about to be overwritten. */
  close(): void {
    this.#closed = true;
    this.#weights = undefined;
  }

  get name() {
    return this.#layer.name;
  }

  get spec() {
    return this.#layer.spec;
  }

  get inputDims() {
    return this.#layer.inputDims;
  }

  get bias() {
    return this.#layer.bias;
  }

  get activation() {
    return this.#layer.activation;
  }

  get weights(): Float32Array {
    if (this.#closed) return this.#layer.weights.load().data as Float32Array;
    this.#weights ??= this.#layer.weights.load().data as Float32Array;
    return this.#weights;
  }

  readInput(): Float32Array {
    this.#checkOpen();
    return this.#read(this.#views.input);
  }

  readAddend(): Addend | undefined {
    this.#checkOpen();
    const { addend, addFirst = false } = this.#views;
    return addend && { values: this.#read(addend), beforeActivation: addFirst };
  }

  #read(view: View): Float32Array {
    const last = this.#run.readView(view);
    const first = new Float32Array(last.length);
    repack(last, first, view, 'NCHW');
    return first;
  }

  candidates(): Candidate[] {
    return algorithms().map(({ id }) => {
      const refusal = layerRefusal(id, this.#layer, this.weights, this.#accuracy);
      return refusal === undefined ? { id } : { id, refusal };
    });
  }

  async compute(config: ConvolutionConfig): Promise<Float32Array> {
    await this.time([config], { rounds: 1 });
    return this.#read(this.#views.output);
  }

  async time(
    configs: readonly ConvolutionConfig[],
    { rounds, threads = this.#threads }: { rounds: number; threads?: number },
  ): Promise<ConfigTiming[]> {
    this.#checkOpen();
    const convolutions: Convolution[] = [];
    try {
      for (const config of configs) {
        const refusal = layerRefusal(config.algorithm, this.#layer, this.weights, this.#accuracy);
        if (refusal !== undefined) {
          throw new ZeroskipError(`Algorithm ${config.algorithm} refuses layer ${this.name}: ${refusal}`, {
            code: 'ERR_REFUSED',
            received: refusal,
            nodeName: this.name,
          });
        }
        convolutions.push(packLayer(this.#layer, config, this.weights));
      }
      const timings = await this.#run.timeConvolutions(this.#step, convolutions, { rounds, threads });
      const [batch, , height, width] = this.inputDims;
      return timings.map((timing, i) => ({
        ...timing,
        workspaceBytes: convolutions[i]!.workspaceBytes([height, width], { batch, threads }),
        packedBytes: convolutions[i]!.packedBytes,
      }));
    } finally {
      for (const convolution of convolutions) convolution.release();
    }
  }
}
