import { createHash } from 'node:crypto';
import { cpus } from 'node:os';

/** Names a plan after everything that its choices depend on, so that each is made once. */
export function planFile(dependencies: readonly (string | Uint8Array)[], threads: number): string {
  const hash = createHash('sha256').update(
    JSON.stringify([process.versions.node, process.env.ZEROSKIP_TARGET ?? '', cpus()[0]?.model, threads]),
  );
  for (const dependency of dependencies) hash.update('\n').update(dependency);
  return `plan-${hash.digest('hex').slice(0, 16)}.json`;
}
