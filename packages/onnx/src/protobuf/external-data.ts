import type { ModelFiles } from '../reading/files.ts';
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

/** Reads the files that the model's tensors refer to, by location. */
export async function readExternalData(
  model: ModelProto,
  files: ModelFiles,
): Promise<Map<string, Uint8Array>> {
  const read = new Map<string, Uint8Array>();
  for (const tensor of tensors(model)) {
    if (tensor.dataLocation !== EXTERNAL) continue;
    const location = tensor.externalData.find(({ key }) => key === 'location')?.value ?? '';
    if (!read.has(location)) read.set(location, await files.read(location, 'external data file'));
  }
  return read;
}
