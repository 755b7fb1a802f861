import { defaultLimits, type Limits, ModelFiles } from '@zeroskip/onnx';
import { sha256 } from '../platform.ts';
import { parseModel } from './parse-model.ts';

/** As the session options of these names. */
interface HashOptions {
  readonly limits?: Limits;
  readonly followLinks?: boolean;
}

/** SHA-256 over a model's bytes, then those of its files, in the order in which they were read. */
export function hashOf(bytes: Uint8Array, files: ModelFiles): Promise<string> {
  return sha256([bytes, ...files.contents]);
}

/**
 * SHA-256 over all bytes of a model, which a plan is bound to: its file's, then those of its external data or weight
 * files. A model in one file has that file's hash.
 * @param path where `bytes` came from; without it nothing is beside them
 * @throws errors with codes `ERR_INVALID_MODEL`, `ERR_FILE` and `ERR_LIMIT_EXCEEDED`
 */
export async function modelHash(
  bytes: Uint8Array,
  path?: string,
  { limits = defaultLimits, followLinks = false }: HashOptions = {},
): Promise<string> {
  const files = new ModelFiles({ path, limits, followLinks });
  if (path !== undefined) await parseModel(bytes, limits, files);
  return hashOf(bytes, files);
}
