import { readFile } from 'node:fs/promises';
import { ModelFiles } from '../../packages/runner/src/model/files.ts';
import { defaultLimits } from '../../packages/runner/src/model/limits.ts';
import { foldConstants } from '../../packages/runner/src/passes/fold-constants.ts';
import { prune } from '../../packages/runner/src/passes/prune.ts';
import { parseModel } from '../../packages/runner/src/session/parse-model.ts';
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
