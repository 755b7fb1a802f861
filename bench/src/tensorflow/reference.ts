import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import {
  depthToSpace,
  env,
  io,
  mul,
  type NamedTensorMap,
  serialization,
  setBackend,
  type Tensor as TfTensor,
  tensor,
} from '@tensorflow/tfjs-core';
import { layers, loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Tensor } from '@zeroskip/tensor';
import { artifactsOf } from '../engines/tensorflow.ts';
import { require } from '../packages.ts';
import type { TensorFlowModel } from './models.ts';

export interface Answer {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The names of a signature, and the nodes of the graph that they stand for. */
type Ports = Readonly<Record<string, { readonly name?: string }>>;

const first = (inputs: TfTensor | TfTensor[]) =>
  (Array.isArray(inputs) ? inputs[0]! : inputs) as TfTensor<never>;

/** Layers of UpscalerJS, as its packages define them. */
function registerLayers(): void {
  class MultiplyBeta extends layers.Layer {
    static className = 'MultiplyBeta';
    override call(inputs: TfTensor | TfTensor[]) {
      return mul(first(inputs), 0.2);
    }
  }
  serialization.registerClass(MultiplyBeta);
  for (const scale of [2, 3, 4, 8]) {
    class PixelShuffle extends layers.Layer {
      static className = `PixelShuffle${scale}x`;
      override computeOutputShape([batch, ...rest]: (number | null)[]) {
        return [batch, ...rest.slice(0, 2), 3] as number[];
      }
      override call(inputs: TfTensor | TfTensor[]) {
        return depthToSpace(first(inputs), scale, 'NHWC');
      }
    }
    serialization.registerClass(PixelShuffle);
  }
}

/** Strings are bytes with zeros behind them. */
function given({ type, data, dims }: Tensor): TfTensor {
  if (type === 'uint8') return tensor([new TextDecoder().decode(data as Uint8Array)]);
  return tensor(data as Float32Array, [...dims], type === 'int32' ? 'int32' : 'float32');
}

export type Backend = 'cpu' | 'wasm';

let ready: Backend | undefined;

async function prepare(backend: Backend): Promise<void> {
  if (ready === backend) return;
  if (ready) throw new Error(`Expected one backend in a process, received ${backend} after ${ready}.`);
  if (backend === 'wasm') setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await setBackend(backend);
  // Else loops of some models read tensors that were disposed of.
  env().set('KEEP_INTERMEDIATE_TENSORS', backend === 'cpu');
  registerLayers();
  ready = backend;
}

/** A model in TensorFlow.js. */
export interface Reference {
  /** Its own outputs, in the order of `outputs`; nothing for outputs of strings. */
  run(feeds: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<(Answer | undefined)[]>;
  dispose(): void;
}

export async function openReference({ path, kind }: TensorFlowModel, backend: Backend): Promise<Reference> {
  await prepare(backend);
  const handler = io.fromMemory(await artifactsOf(path));
  const model = await (kind === 'graph' ? loadGraphModel(handler) : loadLayersModel(handler));
  const compute =
    model instanceof GraphModel
      ? await graphRunner(model, path)
      : (inputs: readonly (readonly [string, TfTensor])[]) => model.predict(inputs.map(([, value]) => value));
  return {
    async run(feeds, outputs) {
      const inputs = Object.entries(feeds).map(([name, value]) => [name, given(value)] as const);
      const answers = await compute(inputs, outputs);
      const all = [answers].flat() as TfTensor[];
      const values = await Promise.all(
        all.map(async (each) =>
          each.dtype === 'string'
            ? undefined
            : { dims: each.shape, data: (await each.data()) as Float32Array },
        ),
      );
      for (const each of [...all, ...inputs.map(([, value]) => value)]) each.dispose();
      return values;
    },
    dispose: () => model.dispose(),
  };
}

/** Runs a graph model: at once where that is possible, which is faster, else in turns of the event loop. */
async function graphRunner(model: GraphModel, path: string) {
  const { signature, userDefinedMetadata } = JSON.parse(await readFile(path, 'utf8'));
  const ports: { inputs?: Ports; outputs?: Ports } = signature ?? userDefinedMetadata?.signature ?? {};
  let isAtOnce = true;
  return (inputs: readonly (readonly [string, TfTensor])[], outputs: readonly string[]) => {
    const named: NamedTensorMap = {};
    for (const [name, value] of inputs) named[ports.inputs?.[name]?.name ?? name] = value;
    const nodes = outputs.map((name) => ports.outputs?.[name]?.name ?? name);
    try {
      if (isAtOnce) return model.execute(named, nodes);
    } catch {
      isAtOnce = false;
    }
    return model.executeAsync(named, nodes);
  };
}
