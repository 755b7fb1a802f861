import type { Limits } from '../limits.ts';
import { assertLocation, modelFolder, readBeside } from '../read-beside.ts';
import type { ModelProto, TensorProto } from './schema.ts';

const EXTERNAL = 1;

function tensors(model: ModelProto): TensorProto[] {
  const graph = model.graph;
  if (!graph) return [];
  const attributes = graph.node.flatMap((node) => node.attribute.flatMap((attribute) => attribute.t ?? []));
  return [...graph.initializer, ...attributes];
}

function locations(model: ModelProto): Set<string> {
  const found = new Set<string>();
  for (const tensor of tensors(model)) {
    if (tensor.dataLocation !== EXTERNAL) continue;
    const location = tensor.externalData.find((entry) => entry.key === 'location')?.value ?? '';
    assertLocation(`external data of tensor ${JSON.stringify(tensor.name ?? '')}`, location);
    found.add(location);
  }
  return found;
}

/**
 * Reads the files that the model's tensors refer to, by location. Only regular files inside the model's
 * folder are read, and never through a symbolic or hard link.
 */
export async function readExternalData(
  model: ModelProto,
  modelPath: string,
  limits: Limits,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const folder = await modelFolder(modelPath);
  let left = limits.maxDataBytes;
  for (const location of locations(model)) {
    const most = Math.min(left, limits.maxFileBytes);
    const file = await readBeside(folder, location, 'external data file', most);
    left -= file.length;
    files.set(location, file);
  }
  return files;
}
