import type { Tensor } from '@zeroskip/tensor';
import { InferenceSession, type LayerTrace, type SessionOptions } from '../../src/index.ts';
import { type ModelParts, model } from './onnx.ts';

type Feeds = Readonly<Record<string, Tensor>>;
type Given = Parameters<typeof InferenceSession.create>[0] | ModelParts;

/** Loads a model, runs it once, and gives its outputs by name. */
export async function runModel(
  given: Given,
  feeds: Feeds = {},
  options: SessionOptions = {},
): Promise<Record<string, Tensor>> {
  const source = typeof given === 'object' && 'nodes' in given ? model(given) : given;
  await using session = await InferenceSession.create(source, options);
  return session.run(feeds);
}

/** Runs a session, and tells what its layers did. */
export async function traced(
  session: InferenceSession,
  feeds: Feeds,
  fetches: readonly string[] | Readonly<Record<string, Tensor | null>> = session.outputNames,
): Promise<{ results: Record<string, Tensor>; layers: LayerTrace[] }> {
  let layers: LayerTrace[] = [];
  const results = await session.run(feeds, fetches, {
    trace: (ran) => {
      layers = ran;
    },
  });
  return { results, layers };
}

/** The first output of a model that is run once, as numbers. */
export async function answer(given: Given, feeds: Feeds, options: SessionOptions = {}): Promise<number[]> {
  const [first] = Object.values(await runModel(given, feeds, options));
  return Array.from(first!.data, Number);
}
