import { InvalidArgumentError } from 'commander';
import type { Contender } from '../contender.ts';
import { assertOnnx, onnxruntimeContender, onnxruntimeVersion } from './onnxruntime.ts';
import { float32Contender, IN_FLOAT32 } from './onnxruntime-float32.ts';

export interface PeerOptions {
  readonly threads: number;
  /** Whether to keep the time of every node; this costs a few microseconds for each. */
  readonly profile: boolean;
}

/** A node of the network as a peer runs it. */
export interface NodeTime {
  /** The peer's own name for it. */
  readonly node: string;
  readonly opType: string;
  readonly ms: number;
}

export interface PeerContender extends Contender {
  /** The nodes of every timed run so far, which ends the profile; undefined without one. */
  nodeTimes(): Promise<NodeTime[][] | undefined>;
}

export interface Peer {
  /** @throws unless the engine reads files like this one */
  assertReads(model: string): Promise<void>;
  open(model: string | Uint8Array, options: PeerOptions): Promise<PeerContender>;
  version(): string;
}

/** Engines that `--peers` knows, by name. */
export const peers: Readonly<Record<string, Peer>> = {
  onnxruntime: { assertReads: assertOnnx, open: onnxruntimeContender, version: onnxruntimeVersion },
  [IN_FLOAT32]: { assertReads: assertOnnx, open: float32Contender, version: onnxruntimeVersion },
};

/** The engines of `--peers`. */
export function namedPeers(names: readonly string[]): Map<string, Peer> {
  return new Map(
    names.map((name) => {
      if (!Object.hasOwn(peers, name)) {
        throw new InvalidArgumentError(
          `Expected one of ${Object.keys(peers).join(', ')} for --peers, received "${name}".`,
        );
      }
      return [name, peers[name]!];
    }),
  );
}
