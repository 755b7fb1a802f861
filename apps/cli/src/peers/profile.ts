import type { NodeTime } from './peer.ts';

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  /** Start and length in microseconds. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const KERNEL = '_kernel_time';

/**
 * The nodes of each run in a profile of ONNX Runtime, in order of execution.
 * @param text the profile: trace events as JSON
 */
export function profiledRuns(text: string): NodeTime[][] {
  const events = JSON.parse(text) as TraceEvent[];
  const runs = events
    .filter(({ cat, name }) => cat === 'Session' && name === 'model_run')
    .map(({ ts, dur }) => ({ start: ts, end: ts + dur, nodes: [] as NodeTime[] }))
    .sort((a, b) => a.start - b.start);
  for (const { cat, name, ts, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith(KERNEL)) continue;
    const run = runs.find(({ start, end }) => start <= ts && ts <= end);
    run?.nodes.push({ node: name.slice(0, -KERNEL.length), opType: args?.op_name ?? '', ms: dur / 1000 });
  }
  return runs.map(({ nodes }) => nodes);
}
