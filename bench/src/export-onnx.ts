import { readFile } from 'node:fs/promises';
import { defaultLimits } from '../../packages/runner/src/limits.ts';
import { ModelFiles } from '../../packages/runner/src/model-files.ts';
import { parseModel } from '../../packages/runner/src/parse-model.ts';
import { foldConstants } from '../../packages/runner/src/passes/fold-constants.ts';
import { prune } from '../../packages/runner/src/passes/prune.ts';
import { onnxModel } from './onnx/write-model.ts';

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
  return onnxModel(prune(foldConstants(graph, new Map(), defaultLimits)));
}
