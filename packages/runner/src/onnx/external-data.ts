import type { Limits } from '../limits.ts';
import { assertLocation, modelFolder, readBeside } from '../read-beside.ts';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './schema.ts';

const EXTERNAL = 1;

/** All tensors of a graph, those of graphs inside it included. */
function tensorsOf(graph: GraphProto): TensorProto[] {
  return [...graph.initializer, ...graph.node.flatMap(attributeTensors)];
}

function attributeTensors(node: NodeProto): TensorProto[] {
  return node.attribute.flatMap(({ t, g }) => [...(t ? [t] : []), ...(g ? tensorsOf(g) : [])]);
}

function tensors({ graph, functions }: ModelProto): TensorProto[] {
  const inFunctions = functions.flatMap(({ node }) => node.flatMap(attributeTensors));
  return [...(graph ? tensorsOf(graph) : []), ...inFunctions];
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
