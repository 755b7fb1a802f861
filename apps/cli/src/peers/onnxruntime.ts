import { createRequire } from 'node:module';
import { type ElementType, Tensor, ZeroskipError } from '@zeroskip/tensor';
import type { Contender } from '../contender.ts';
import { readStart } from '../files.ts';

type OnnxRuntime = typeof import('onnxruntime-node');

/** @throws with code `ERR_ADDON_UNAVAILABLE` and the command that mends it */
export async function loadRuntime(importRuntime = (): Promise<OnnxRuntime> => import('onnxruntime-node')) {
  try {
    return await importRuntime();
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const reason = missing ? 'is not installed' : `cannot be loaded (${(cause as Error).message})`;
    throw new ZeroskipError(
      `The peer onnxruntime ${reason}; install it beside @zeroskip/cli with "npm install onnxruntime-node".`,
      { code: 'ERR_ADDON_UNAVAILABLE', expected: 'the package onnxruntime-node', cause },
    );
  }
}

/** Version of the installed package. */
export function onnxruntimeVersion(): string {
  return (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;
}

/** @throws with code `ERR_INVALID_ARGUMENT` for a model of TensorFlow.js */
export async function assertOnnx(model: string): Promise<void> {
  const start = await readStart('the model', model, 64);
  if (!start.toString('latin1').trimStart().startsWith('{')) return;
  const expected = 'an ONNX file';
  throw new ZeroskipError(
    `Expected ${expected} for the peer onnxruntime, received a model of TensorFlow.js: it needs the network in its ONNX form.`,
    { code: 'ERR_INVALID_ARGUMENT', expected, received: 'a model of TensorFlow.js' },
  );
}

/** ONNX Runtime's CPU provider with every graph optimization, one operator after the other. */
export async function onnxruntimeContender(model: string, threads: number): Promise<Contender> {
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const inputName = session.inputNames[0]!;
  return {
    name: 'onnxruntime',
    threads,
    async run({ type, data, dims }) {
      const input = new runtime.Tensor(type as 'float32', data as Float32Array, dims);
      const results = await session.run({ [inputName]: input });
      const outputs = Object.entries(results).map(([name, value]) => [
        name,
        new Tensor(value.type as ElementType, value.data as Float32Array, value.dims),
      ]);
      return { outputs: Object.fromEntries(outputs) };
    },
    release: () => session.release(),
  };
}
