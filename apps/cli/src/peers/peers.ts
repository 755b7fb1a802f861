import type { Contender } from '../contender.ts';
import { assertOnnx, onnxruntimeContender, onnxruntimeVersion } from './onnxruntime.ts';

export interface Peer {
  /** @throws unless the engine reads files like this one */
  assertReads(model: string): Promise<void>;
  open(model: string, threads: number): Promise<Contender>;
  version(): string;
}

/** Engines that `--peers` knows, by name. */
export const peers: Readonly<Record<string, Peer>> = {
  onnxruntime: { assertReads: assertOnnx, open: onnxruntimeContender, version: onnxruntimeVersion },
};
