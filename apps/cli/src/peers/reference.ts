import { IN_FLOAT32, openInFloat32 } from './onnxruntime-float32.ts';
import type { PeerContender } from './peer.ts';

/** What outputs are compared with. */
interface Reference {
  readonly contender: PeerContender;
  /** Contenders that round where the reference does not. */
  mayBeOff(contender: string): boolean;
  /** Ends what was opened for this alone. */
  release(): Promise<void>;
}

/**
 * The first peer: on a network of 16-bit floats, the same engine in float32, so that it shows who is off where results
 * differ. It reads the network by itself, which a run of our own in higher precision would not.
 * @returns undefined without peers
 */
export async function openReference(
  model: string,
  others: readonly PeerContender[],
): Promise<Reference | undefined> {
  const [first] = others;
  if (first === undefined) return undefined;
  const mayBeOff = (name: string) => others.some((other) => other.name === name && name !== IN_FLOAT32);
  const wide = others.find(({ name }) => name === IN_FLOAT32);
  if (wide !== undefined) return { contender: wide, mayBeOff, release: async () => {} };
  const opened = await openInFloat32(model, { threads: first.threads, profile: false });
  if (opened !== undefined) return { contender: opened, mayBeOff, release: () => opened.release() };
  return { contender: first, mayBeOff: () => false, release: async () => {} };
}
