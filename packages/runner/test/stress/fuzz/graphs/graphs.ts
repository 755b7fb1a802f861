import { buildGraph, decode, defaultLimits } from '@zeroskip/onnx';
import { seededRandom } from '@zeroskip/test-utils';
import { InferenceSession } from '../../../../src/index.ts';
import type { FuzzTarget } from '../target.ts';
import { Definition } from './definition.ts';
import { feedOf } from './feed.ts';
import { randomGraph } from './random-graph.ts';
import { simplerGraphs } from './simpler-graphs.ts';

const MAX_MESSAGES = 5000;

/** Every output alone, then some of them, then all. */
function requests(names: readonly string[], random: () => number): string[][] {
  const alone = names.map((name) => [name]);
  const some = names.filter(() => random() < 0.5);
  const isOther = some.length > 1 && some.length < names.length;
  return [...alone, ...(isOther ? [some] : []), ...(names.length > 1 ? [[...names]] : [])];
}

async function attempt(bytes: Uint8Array): Promise<void> {
  const graph = buildGraph(decode('ModelProto', bytes, MAX_MESSAGES), defaultLimits, new Map());
  const feeds = Object.fromEntries(graph.inputs.map(feedOf));
  const definition = Definition.of(graph, feeds);
  const producer = (name: string) => graph.nodes.find(({ outputs }) => outputs.includes(name))?.opType;
  await using session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const check = async (fetches: readonly string[]) => {
    // Both ways, while others run.
    const results =
      fetches.length === 1 ? session.runSync(feeds, fetches) : await session.run(feeds, fetches);
    if (Object.keys(results).join() !== fetches.join())
      throw new Error(`Fetched ${fetches.join()}, received ${Object.keys(results).join()}.`);
    for (const name of fetches) {
      const deviation = definition.deviation(name, results[name]!);
      if (deviation === undefined) continue;
      const [outputs, from] = [fetches.length === 1 ? 'alone' : 'among others', producer(name) ?? 'no node'];
      const what = `An output of ${from}, fetched ${outputs}, is not what its definition computes.`;
      throw new Error(`${what}\n${name}, ${deviation}`);
    }
  };
  const all = requests(
    graph.outputs.map(({ name }) => name),
    seededRandom(bytes.length),
  );
  const outcomes = await Promise.allSettled(all.map(check));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

export const graphs: FuzzTarget = {
  name: 'graphs',
  guided: false,
  isValid: true,
  shortRuns: 400,
  simpler: simplerGraphs,
  seeds: [1, 2, 3, 4, 5].map((seed) => randomGraph(seededRandom(seed))),
  mutate: (_parent, _other, random) => randomGraph(random),
  attempt,
};
