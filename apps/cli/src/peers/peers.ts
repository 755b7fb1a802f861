import type { Contender } from '../contender.ts';
import { onnxruntimeContender, onnxruntimeVersion } from './onnxruntime.ts';

export interface Peer {
  open(model: string, threads: number): Promise<Contender>;
  version(): string;
}

/** Engines that `--peers` knows, by name. */
export const peers: Readonly<Record<string, Peer>> = {
  onnxruntime: { open: onnxruntimeContender, version: onnxruntimeVersion },
};
