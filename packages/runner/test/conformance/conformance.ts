import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ElementType, Tensor } from '@zeroskip/tensor';
import { defaultLimits } from '../../src/model/limits.ts';
import { decode } from '../../src/onnx/decode.ts';
import { storedTensor } from '../../src/onnx/tensor.ts';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

/** ONNX's node tests and light models, and files that once failed, where they are at hand. */
export const conformanceFolder = process.env.ZEROSKIP_CONFORMANCE
  ? resolve(process.env.ZEROSKIP_CONFORMANCE)
  : join(repository, '..', 'shared', 'conformance');

export const hasConformance = existsSync(conformanceFolder);
if (!hasConformance)
  console.warn(
    `Skipped: ONNX's node tests, light models and files that once failed, as ${conformanceFolder} does not exist.`,
  );

/** A serialized TensorProto in its stored type. */
export function readTensorFile(path: string): Tensor & { readonly name: string } {
  const stored = storedTensor(decode('TensorProto', new Uint8Array(readFileSync(path)), 1000), defaultLimits);
  return Object.assign(new Tensor(stored.type as ElementType, stored.values() as never, stored.dims), {
    name: stored.name,
  });
}

export interface NodeCase {
  readonly name: string;
  readonly model: string;
  readonly dataSets: readonly { readonly inputs: string[]; readonly outputs: string[] }[];
}

/** The cases of a folder of the conformance data. */
export function nodeCases(suite: string): NodeCase[] {
  if (!hasConformance) return [];
  const root = join(conformanceFolder, suite);
  const numbered = (folder: string, kind: string) =>
    readdirSync(folder)
      .filter((file) => file.startsWith(kind))
      .sort((a, b) => Number(a.match(/\d+/)![0]) - Number(b.match(/\d+/)![0]))
      .map((file) => join(folder, file));
  return readdirSync(root).map((name) => ({
    name,
    model: join(root, name, 'model.onnx'),
    dataSets: readdirSync(join(root, name))
      .filter((entry) => entry.startsWith('test_data_set_'))
      .map((entry) => join(root, name, entry))
      .map((folder) => ({ inputs: numbered(folder, 'input_'), outputs: numbered(folder, 'output_') })),
  }));
}
