import { missingError } from '@zeroskip/onnx';
import type { ZeroskipError } from '@zeroskip/tensor';
import { Layer } from './layer.ts';
import { type LayerEntry, type Network, readFunctional, readSequential } from './schema.ts';

export const isNetwork = (className: string) =>
  className === 'Sequential' || className === 'Model' || className === 'Functional';

/** Layers of a network and of those inside it. The order is the file's. */
function everyLayer({ class_name: className, config }: Network, depth = 0): LayerEntry[] {
  if (depth > 16) return [];
  const what = `config of the ${className} model`;
  const layers =
    className === 'Sequential' ? readSequential(config, what) : readFunctional(config, what).layers;
  return layers.flatMap((layer) => (isNetwork(layer.class_name) ? everyLayer(layer, depth + 1) : layer));
}

/**
 * One error about all classes of layers that are not known, each once.
 * @param isKnown whether there is a class of this name
 * @param layer one that has such a class, or is an input that is called
 */
export function missingClasses(
  network: Network,
  layer: Layer,
  isKnown: (className: string) => boolean,
): ZeroskipError {
  const found = new Map<string, Layer[]>();
  for (const entry of everyLayer(network)) {
    const { class_name: className } = entry;
    if (className === 'InputLayer' || isKnown(className)) continue;
    found.set(className, [...(found.get(className) ?? []), new Layer(entry)]);
  }
  if (found.size <= 1)
    return layer.unsupported('the class', 'one that @zeroskip/runner implements', layer.className);
  return missingError('layer classes', 'layer', found, { nodeName: layer.name, opType: layer.className });
}
