import { createHash } from 'node:crypto';
import type { Plan, PlanLayer } from '@zeroskip/selector';

export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** A plan for the model of that hash: an algorithm for each of some layers. */
export function planFor(
  model: string,
  algorithms: Readonly<Record<string, string>> = {},
  guard: PlanLayer['guard'] = null,
): Plan {
  return {
    version: 1,
    model: { sha256: model },
    machine: { cpu: 'any', target: 'any', threads: 1, node: 'any' },
    objective: { kind: 'time' },
    library: '0.0.0',
    layers: Object.entries(algorithms).map(([name, algorithm]) => ({
      name,
      algorithm,
      parameters: {},
      runnerUp: null,
      settlement: 'settled',
      density: { min: 0, max: 1 },
      guard,
      times: [],
      refused: [],
    })),
  };
}
