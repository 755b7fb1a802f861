import type { Peer } from '../onnxruntime-worker.ts';
import { Client } from '../requests.ts';
import type { Engine, ModelSource } from '../worker.ts';
import { element, facts } from './elements.ts';
import { figure, milliseconds } from './figures.ts';
import type { Task } from './work.ts';

/** Threads of the engine that ran last look for more work for a while, on cores that the next one needs. */
const PAUSE_MS = 30;
const LEAST_TURNS = 5;
const MOST_TURNS = 25;
/** As long as turns of fast networks are repeated. */
const TURNS_MS = 3000;
/** Browsers give times in steps of 5 to 100 µs. */
const LEAST_SAMPLE_MS = 10;
const MOST_RUNS = 100;
/** Engines sum in another order; onnxruntime also rounds networks of 16-bit floats between layers, up to 1e-3 here. */
const TOLERANCE = 5e-3;

interface Comparison {
  readonly difference: number;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly runsPerTurn: number;
  readonly isExported: boolean;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

async function measure(
  engine: Client<Engine>,
  peer: Client<Peer>,
  source: ModelSource,
  { signal, progress }: Task,
): Promise<Comparison> {
  progress({ stage: 'compare', done: 0, total: 0 });
  const task = await engine.call('peerTask', undefined, { signal });
  const options = { signal, endsWorker: true };
  const difference = await peer.call('load', { source, task }, options);
  const sample = {
    ours: (runs: number) => engine.call('time', runs, { signal }),
    theirs: (runs: number) => peer.call('time', runs, options),
  };
  const first = Math.max(await sample.ours(1), await sample.theirs(1));
  const runsPerTurn = Math.min(MOST_RUNS, Math.max(1, Math.ceil(LEAST_SAMPLE_MS / first)));
  const [ours, theirs]: [number[], number[]] = [[], []];
  const end = performance.now() + TURNS_MS;
  while (ours.length < LEAST_TURNS || (ours.length < MOST_TURNS && performance.now() < end)) {
    progress({ stage: 'turns', done: ours.length, total: Math.max(LEAST_TURNS, ours.length + 1) });
    await pause();
    theirs.push(await sample.theirs(runsPerTurn));
    await pause();
    ours.push(await sample.ours(runsPerTurn));
  }
  return { difference, ours, theirs, runsPerTurn, isExported: task.onnx !== undefined };
}

function show({ difference, ours, theirs, runsPerTurn, isExported }: Comparison): string {
  const ratios = theirs.map((them, i) => them / ours[i]!);
  const [lower, middle, upper] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
  const agrees = difference <= TOLERANCE;
  const each = runsPerTurn === 1 ? '' : `, each the mean of ${runsPerTurn} runs`;
  element('comparison-content').replaceChildren(
    facts([
      ['Zeroskip', `${milliseconds(quantile(ours, 0.5))}, the median of ${ours.length} turns${each}`],
      ['onnxruntime-web', `${milliseconds(quantile(theirs, 0.5))}, the median of as many`],
      [
        'Ratio',
        `${middle}, with quartiles ${lower} and ${upper}: onnxruntime-web’s time by Zeroskip’s, turn by turn`,
      ],
      [
        'Answers',
        `${agrees ? 'They agree' : 'They differ'}: the largest difference is ${figure(difference)} of the largest value`,
      ],
      ...(isExported
        ? [['Network', 'Zeroskip wrote the TensorFlow.js model as ONNX, which onnxruntime-web ran'] as const]
        : []),
    ]),
  );
  return agrees
    ? `The engines agree, and onnxruntime-web takes ${middle} times Zeroskip’s time.`
    : 'The answers of the engines differ.';
}

/** Runs the network on both engines in turns, and shows what they took. */
export async function compare(engine: Client<Engine>, source: ModelSource, task: Task): Promise<string> {
  const start = () => new Worker(new URL('../onnxruntime-worker.ts', import.meta.url), { type: 'module' });
  const peer = new Client<Peer>(start);
  try {
    return show(await measure(engine, peer, source, task));
  } finally {
    peer.end(new Error('The comparison has ended.'));
  }
}
