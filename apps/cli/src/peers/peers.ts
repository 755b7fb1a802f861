import { InvalidArgumentError } from 'commander';
import { assertOnnx, onnxruntimeContender, onnxruntimeVersion } from './onnxruntime.ts';
import { float32Contender, IN_FLOAT32 } from './onnxruntime-float32.ts';
import type { Peer } from './peer.ts';

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

/** The versions of engines, by name. */
export function versionsOf(engines: ReadonlyMap<string, Peer>): Record<string, string> {
  return Object.fromEntries([...engines].map(([name, peer]) => [name, peer.version()]));
}
