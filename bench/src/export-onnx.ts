import { readFile } from 'node:fs/promises';
import { type AttributeInput, node, onnxModel, valueInfo } from '@zeroskip/runner/onnx-writer';
import { ModelFiles } from '../../packages/runner/src/model/files.ts';
import type { AttributeValue, GraphOutput } from '../../packages/runner/src/model/graph.ts';
import { defaultLimits } from '../../packages/runner/src/model/limits.ts';
import { foldConstants } from '../../packages/runner/src/passes/fold-constants.ts';
import { prune } from '../../packages/runner/src/passes/prune.ts';
import { parseModel } from '../../packages/runner/src/session/parse-model.ts';

function attributeInput([name, { kind, value }]: [string, AttributeValue]): [string, AttributeInput] {
  switch (kind) {
    case 'int':
    case 'ints':
    case 'string':
      return [name, value];
    case 'float':
      return [name, { float: value }];
    case 'floats':
      return [name, { floats: value }];
    case 'strings':
      return [name, { strings: value }];
    case 'tensor':
      return [name, value.load()];
    default:
      throw new Error(`Expected an attribute that can be written for ${name}, received ${kind}.`);
  }
}

const declared = ({ name, type, dims }: GraphOutput) => valueInfo(name, type, dims);

/**
 * A TensorFlow.js Layers model as an ONNX file, for engines that know no other. Only constants are folded: all
 * that optimizes the network is left to who runs it.
 * @param modelJson path of the model's `model.json`
 */
export async function exportOnnx(modelJson: string): Promise<Uint8Array> {
  const graph = await parseModel(
    await readFile(modelJson),
    defaultLimits,
    new ModelFiles({ path: modelJson, limits: defaultLimits }),
  );
  const { nodes, inputs, outputs, constants } = prune(foldConstants(graph, new Map(), defaultLimits));
  return onnxModel({
    nodes: nodes.map((each) =>
      node(
        each.opType,
        each.inputs,
        each.outputs,
        Object.fromEntries([...each.attributes].map(attributeInput)),
        each.name,
      ),
    ),
    inputs: inputs.map(declared),
    outputs: outputs.map(declared),
    constants: Object.fromEntries([...constants].map(([name, constant]) => [name, constant.load()])),
    opset: nodes[0]!.opset,
  });
}
