import { readFile } from 'node:fs/promises';
import '@tensorflow/tfjs-backend-cpu';
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

let isReady = false;

/** TensorFlow.js's own outputs, in the order of `outputs`; nothing for outputs of strings. */
export async function reference(
  { path, kind }: TensorFlowModel,
  feeds: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
): Promise<(Answer | undefined)[]> {
  if (!isReady) {
    await setBackend('cpu');
    // Else loops of some models read tensors that were disposed of.
    env().set('KEEP_INTERMEDIATE_TENSORS', true);
    registerLayers();
    isReady = true;
  }
  const inputs = Object.entries(feeds).map(([name, value]) => [name, given(value)] as const);
  const handler = io.fromMemory(await artifactsOf(path));
  const model = await (kind === 'graph' ? loadGraphModel(handler) : loadLayersModel(handler));
  const answers =
    model instanceof GraphModel
      ? await graphOutputs(model, path, inputs, outputs)
      : model.predict(inputs.map(([, value]) => value));
  const all = [answers].flat() as TfTensor[];
  const values = await Promise.all(
    all.map(async (each) =>
      each.dtype === 'string' ? undefined : { dims: each.shape, data: (await each.data()) as Float32Array },
    ),
  );
  for (const each of [...all, ...inputs.map(([, value]) => value)]) each.dispose();
  model.dispose();
  return values;
}

async function graphOutputs(
  model: GraphModel,
  path: string,
  inputs: readonly (readonly [string, TfTensor])[],
  outputs: readonly string[],
) {
  const { signature, userDefinedMetadata } = JSON.parse(await readFile(path, 'utf8'));
  const ports: { inputs?: Ports; outputs?: Ports } = signature ?? userDefinedMetadata?.signature ?? {};
  const named: NamedTensorMap = {};
  for (const [name, value] of inputs) named[ports.inputs?.[name]?.name ?? name] = value;
  return model.executeAsync(
    named,
    outputs.map((name) => ports.outputs?.[name]?.name ?? name),
  );
}
