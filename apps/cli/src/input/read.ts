import { networkInput, readInput } from '@zeroskip/batch';
import type { ValueMetadata } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import { inputFiles } from './files.ts';
import { type PreparationOptions, presetOf } from './preparation.ts';

/** Reads every file of `--input` for the only input of a network; a folder stands for the images and arrays in it. */
export async function readInputs(
  model: string,
  metadata: readonly ValueMetadata[],
  options: PreparationOptions & { readonly inputs: readonly string[] },
): Promise<{ paths: string[]; inputs: Tensor[] }> {
  const { preparation } = await presetOf(model, options);
  const { shape } = options;
  const input = networkInput(metadata, { ...preparation, ...(shape && { shape }) });
  const paths = await inputFiles(options.inputs);
  const inputs: Tensor[] = [];
  for (const path of paths) inputs.push((await readInput(path, input, preparation)).tensor);
  return { paths, inputs };
}
