import type { InferenceSession } from '@zeroskip/runner';
import type { ModelArtifacts } from '../loading/artifacts.ts';
import type { TensorInfo } from './model-tensor.ts';
import type { Interface } from './network.ts';

/** A layer of the outermost network, as the model describes it. */
export interface LayerEntry {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface LayersInterface extends Interface {
  /** Of the model. */
  readonly name: string;
  readonly layers: readonly LayerEntry[];
  readonly inputInfo: readonly TensorInfo[];
  readonly outputInfo: readonly TensorInfo[];
}

interface Description {
  readonly class_name: string;
  readonly name?: string;
  readonly config?: { readonly name?: string; readonly layers?: readonly Description[] };
}

function outermost({ modelTopology }: ModelArtifacts): Description {
  const topology = modelTopology as { model_config?: Description } & Description;
  return topology.model_config ?? topology;
}

function layersOf({ config }: Description): LayerEntry[] {
  const list = Array.isArray(config) ? (config as readonly Description[]) : (config?.layers ?? []);
  return list.map((layer) => ({
    name: layer.name ?? layer.config?.name ?? '',
    className: layer.class_name,
    config: { ...layer.config },
  }));
}

function infoOf(name: string, { type, shape }: InferenceSession['outputMetadata'][number]): TensorInfo {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : -1));
  return { name, shape: dims, dtype: (type ?? 'float32') as TensorInfo['dtype'] };
}

/** What the session's inputs and outputs are called in a Layers model. */
export function layersInterface(artifacts: ModelArtifacts, session: InferenceSession): LayersInterface {
  const model = outermost(artifacts);
  const layers = layersOf(model);
  const names = new Set(layers.map(({ name }) => name));
  const outputs = new Map(session.outputNames.map((name) => [name, name]));
  return {
    name: model.config?.name ?? model.name ?? model.class_name,
    layers,
    inputs: new Map(session.inputNames.map((name) => [name, name])),
    outputs,
    others: layers
      .filter(({ name, className }) => className !== 'InputLayer' && !outputs.has(name))
      .map(({ name }) => name),
    isKnown: (name) => outputs.has(name) || names.has(name),
    // TensorFlow.js calls the output of a layer dense_1/dense_1, with a number behind it where that is taken.
    nameOf: (name) => (names.has(name) ? name : name.split('/').slice(0, -1).join('/')),
    inputInfo: session.inputNames.map((name, i) => infoOf(name, session.inputMetadata[i]!)),
    outputInfo: session.outputNames.map((name, i) => infoOf(name, session.outputMetadata[i]!)),
  };
}
