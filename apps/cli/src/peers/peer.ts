import type { Contender } from '../trial/contender.ts';

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
