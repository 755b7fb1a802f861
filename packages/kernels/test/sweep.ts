/** The conformance sweep as a program: bundled, it runs under any Node, with the addon of `ZEROSKIP_ADDON`. */
import { parseArgs } from 'node:util';
import { edgeCases } from '@zeroskip/test-utils';
import fc from 'fast-check';
import { algorithms, selectTarget, targets } from '../src/index.ts';
import { conformance, type Verdict } from './conformance.ts';
import { ViewedConformance } from './viewed-conformance.ts';
import { viewedConvolutions } from './viewed-convolution.ts';

const USAGE = `node sweep.mjs [options]
  --targets a,b      instruction sets; all that this CPU supports unless told
  --algorithms a,b   all unless told
  --every n          takes each n-th edge case; 1 unless told
  --random n         random convolutions between views, after the edge cases; 200 unless told
  --seed n           of the random convolutions; 1 unless told`;

interface Tally {
  readonly target: string;
  readonly algorithm: string;
  passed: number;
  readonly refusals: Map<string, number>;
  readonly failures: string[];
}

/** Failures of one target and algorithm that are printed; the others are counted. */
const MAX_PRINTED_FAILURES = 5;

function chosen(what: string, names: readonly string[], option: string | undefined): readonly string[] {
  const asked = option?.split(',') ?? names;
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`Expected ${names.join(', ')} for ${what}, received ${unknown}.`);
  return asked;
}

function count(name: string, option: string, min: number): number {
  const value = Number(option);
  if (!Number.isSafeInteger(value) || value < min) {
    throw new Error(`Expected an integer of at least ${min} for --${name}, received ${option}.`);
  }
  return value;
}

function options() {
  const { values } = parseArgs({
    options: {
      targets: { type: 'string' },
      algorithms: { type: 'string' },
      every: { type: 'string', default: '1' },
      random: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  const supported = targets().filter((target) => target.supported);
  return {
    help: values.help,
    targets: chosen(
      '--targets',
      supported.map(({ name }) => name),
      values.targets,
    ),
    algorithms: chosen(
      '--algorithms',
      algorithms().map(({ id }) => id),
      values.algorithms,
    ),
    every: count('every', values.every, 1),
    random: count('random', values.random, 0),
    seed: count('seed', values.seed, 0),
  };
}

async function verdictOf(check: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await check();
  } catch (error) {
    return { kind: 'failed', reason: String(error) };
  }
}

function record(tally: Tally, name: string, verdict: Verdict): void {
  if (verdict.kind === 'passed') tally.passed++;
  else if (verdict.kind === 'failed') tally.failures.push(`${name}: ${verdict.reason}`);
  else tally.refusals.set(verdict.reason, (tally.refusals.get(verdict.reason) ?? 0) + 1);
}

async function sweepEdgeCases(tallies: readonly Tally[], every: number): Promise<void> {
  for (const [i, edgeCase] of [...edgeCases()].entries()) {
    if (i % every !== 0) continue;
    for (const tally of tallies) {
      selectTarget(tally.target);
      record(tally, edgeCase.name, await verdictOf(() => conformance(edgeCase, tally.algorithm)));
    }
  }
}

/** Up to the first failure, which is then made as small as it gets. */
async function sweepRandom(
  tallies: readonly Tally[],
  numRuns: number,
  seed: number,
): Promise<string | undefined> {
  let shrinking = false;
  const property = fc.asyncProperty(viewedConvolutions, async (viewed) => {
    const check = new ViewedConformance(viewed);
    for (const tally of tallies) {
      selectTarget(tally.target);
      const verdict = await verdictOf(() => check.verdict(tally.algorithm));
      if (!shrinking) record(tally, 'random convolution', verdict);
      if (verdict.kind !== 'failed') continue;
      shrinking = true;
      throw new Error(`${tally.algorithm} on ${tally.target}: ${verdict.reason}`);
    }
  });
  const details = await fc.check(property, { seed, numRuns });
  return details.failed ? fc.defaultReportMessage(details) : undefined;
}

function report(tallies: readonly Tally[]): void {
  const width = Math.max(...tallies.map(({ algorithm }) => algorithm.length), 'algorithm'.length);
  console.log(`target   ${'algorithm'.padEnd(width)}   passed  refused   failed`);
  for (const { target, algorithm, passed, refusals, failures } of tallies) {
    const refused = [...refusals.values()].reduce((sum, n) => sum + n, 0);
    const numbers = [passed, refused, failures.length].map((n) => String(n).padStart(9)).join('');
    console.log(`${target.padEnd(8)} ${algorithm.padEnd(width)}${numbers}`);
  }
  const reasons = new Map(
    tallies.flatMap(({ algorithm, refusals }) => [...refusals.keys()].map((r) => [r, algorithm])),
  );
  for (const [reason, algorithm] of reasons) console.log(`${algorithm} refuses: ${reason}`);
  for (const { target, algorithm, failures } of tallies) {
    for (const failure of failures.slice(0, MAX_PRINTED_FAILURES)) {
      console.log(`${algorithm} on ${target} failed: ${failure}`);
    }
  }
}

async function main(): Promise<number> {
  const { help, every, random, seed, ...names } = options();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const tallies = names.targets.flatMap((target) =>
    names.algorithms.map(
      (algorithm): Tally => ({ target, algorithm, passed: 0, refusals: new Map(), failures: [] }),
    ),
  );
  await sweepEdgeCases(tallies, every);
  const counterexample = random > 0 ? await sweepRandom(tallies, random, seed) : undefined;
  report(tallies);
  if (counterexample) console.log(counterexample);
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const failures = sum((tally) => tally.failures.length);
  console.log(`${process.arch}: ${sum((tally) => tally.passed)} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
