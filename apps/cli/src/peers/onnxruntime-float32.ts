import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readBytes } from '@zeroskip/batch';
import { rangeError, type Tensor } from '@zeroskip/tensor';
import { widenedOnnx } from '../onnx/widen.ts';
import { widened } from '../trial/verification.ts';
import { onnxruntimeContender } from './onnxruntime.ts';
import type { PeerContender, PeerOptions } from './peer.ts';

export const IN_FLOAT32 = 'onnxruntime-float32';

/**
 * ONNX Runtime on a network whose file holds 16-bit floats, all of them widened: without rounding to 16 bits between
 * its layers.
 * @returns undefined for a file without any
 */
export async function openInFloat32(
  model: string | Uint8Array,
  options: PeerOptions,
): Promise<PeerContender | undefined> {
  const bytes = typeof model === 'string' ? await readBytes('the model', model) : model;
  const folder = typeof model === 'string' ? dirname(model) : '';
  const wide = widenedOnnx(bytes, (location) => readFileSync(join(folder, location)));
  if (wide === undefined) return undefined;
  const contender = await onnxruntimeContender(wide, options);
  const inputs = new Map<Tensor, Tensor>();
  const wideInput = (input: Tensor) => {
    const wide = inputs.get(input) ?? widened(input);
    inputs.set(input, wide);
    return wide;
  };
  return {
    ...contender,
    name: IN_FLOAT32,
    run: (input) => contender.run(wideInput(input)),
    time: (input) => contender.time(wideInput(input)),
  };
}

/** @throws with code `ERR_INVALID_ARGUMENT` for a file without 16-bit floats */
export async function float32Contender(
  model: string | Uint8Array,
  options: PeerOptions,
): Promise<PeerContender> {
  const contender = await openInFloat32(model, options);
  if (contender !== undefined) return contender;
  throw rangeError(
    `the peer ${IN_FLOAT32}`,
    'a model that holds 16-bit floats',
    'one without: onnxruntime runs it as it is',
  );
}
