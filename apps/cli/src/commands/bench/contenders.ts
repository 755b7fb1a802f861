import { basename } from 'node:path';
import { algorithm } from '@zeroskip/kernels';
import type { Accuracy, Plan } from '@zeroskip/selector';
import type { ImageOptions } from '../../options.ts';
import type { Peer, PeerContender } from '../../peers/peer.ts';
import { namedPeers } from '../../peers/peers.ts';
import type { ReportFiles } from '../../report/row-files.ts';
import { openPlan } from '../../session.ts';
import type { Terminal } from '../../terminal.ts';
import { AUTO, BASELINE, type Contender, type OwnContender, openContender } from '../../trial/contender.ts';

export interface BenchOptions extends ImageOptions, ReportFiles {
  /** Several take turns; the first is the one that layers are shown for. */
  readonly threads: number[];
  readonly inputs: string[];
  readonly plans?: string[];
  readonly algorithms?: string[];
  readonly accuracy?: Accuracy;
  readonly peers?: string[];
  readonly runs: number;
  /** Seconds. */
  readonly minTime?: number;
  readonly tolerance: number;
  /** The text, or true where it has none. */
  readonly layers?: string | true;
}

/** One run of the command. */
export interface Bench {
  readonly model: string;
  readonly options: BenchOptions;
  readonly terminal: Terminal;
  /** Ends the timing early. */
  readonly signal: AbortSignal;
  /** Whatever was opened so far, to be released at the end. */
  readonly opened: Contender[];
}

/** A contender of our own. */
export interface Entry extends OwnContender {
  /** The options that ask for this contender. */
  readonly asked: readonly string[];
}

/** The engines of `--peers`, after a look at all that the options name. */
export async function checkedPeers({ model, options }: Bench): Promise<Map<string, Peer>> {
  const engines = namedPeers(options.peers ?? []);
  for (const id of options.algorithms ?? []) if (id !== AUTO) algorithm(id);
  for (const peer of engines.values()) await peer.assertReads(model);
  return engines;
}

/** The name of a plan among several. */
function planName(path: string, { length }: readonly string[]): string {
  return length === 1 ? 'plan' : `plan ${basename(path, '.json')}`;
}

/** im2col, then each algorithm that was named, then the plans; without either, the runner's own choice. */
async function openOnThreads(bench: Bench, sha256: string, threads: number): Promise<Entry[]> {
  const { model, options, terminal, opened } = bench;
  const { plans = [], algorithms = [] } = options;
  const entries: Entry[] = [];
  const open = async (name: string, settings: object, asked: readonly string[]) => {
    const { accuracy } = options;
    const all = { ...settings, ...(accuracy && { accuracy }) };
    const one = await openContender(model, name, all, { ...options, threads }, terminal);
    opened.push(one.contender);
    entries.push({ ...one, asked: accuracy ? ['--accuracy', accuracy, ...asked] : asked });
  };
  const loaded: Plan[] = [];
  for (const path of plans) loaded.push(await openPlan(path, sha256, threads, terminal));
  for (const id of new Set([BASELINE, ...algorithms])) {
    await open(id, { algorithm: id }, ['--algorithms', id]);
  }
  for (const [i, path] of plans.entries()) {
    await open(planName(path, plans), { plan: loaded[i] }, ['--plan', path]);
  }
  if (plans.length + algorithms.length === 0) await open(AUTO, {}, []);
  return entries;
}

/** Our own contenders, on each number of threads. */
export async function openOwn(bench: Bench, sha256: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const threads of bench.options.threads) {
    entries.push(...(await openOnThreads(bench, sha256, threads)));
  }
  return entries;
}

/** The peers, on each number of threads; those on the first keep the time of every node where layers are compared. */
export async function openPeers(
  { model, options, opened }: Bench,
  engines: ReadonlyMap<string, Peer>,
): Promise<PeerContender[]> {
  const others: PeerContender[] = [];
  for (const threads of options.threads) {
    for (const peer of engines.values()) {
      const profile = options.layers !== undefined && threads === options.threads[0];
      const contender = await peer.open(model, { threads, profile });
      others.push(contender);
      opened.push(contender);
    }
  }
  return others;
}
