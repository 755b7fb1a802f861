/** The conformance sweep as a program: bundled, it runs under any Node, with the addon of `ZEROSKIP_ADDON`. */
import { parseArgs } from 'node:util';
import { type EdgeCase, edgeCases } from '@zeroskip/test-utils';
import fc from 'fast-check';
import { selectTarget, targets } from '../../src/index.ts';
import { configurations } from './configurations.ts';
import { conformance, failed, type Verdict } from './conformance.ts';
import { quantizedConformance } from './quantized-conformance.ts';
import { printTallies, Tally } from './tally.ts';
import { ViewedConformance } from './viewed-conformance.ts';
import { viewedConvolutions } from './viewed-convolution.ts';

const USAGE = `Options of the sweep
  --targets a,b   instruction sets; all that this CPU supports unless told
  --every n       takes each n-th edge case; 1 unless told
  --random n      random convolutions between views, after the edge cases; 200 unless told
  --seed n        of the random convolutions; 1 unless told`;

interface Check {
  readonly name: string;
  readonly ofEdgeCase: (edgeCase: EdgeCase) => Promise<Verdict>;
  readonly ofViewed: (viewed: ViewedConformance) => Promise<Verdict>;
}

const checks: readonly Check[] = [
  ...configurations().map((configuration) => ({
    name: configuration.name,
    ofEdgeCase: (edgeCase: EdgeCase) => conformance(edgeCase, configuration),
    ofViewed: (viewed: ViewedConformance) => viewed.verdict(configuration),
  })),
  {
    name: 'quantized',
    ofEdgeCase: (edgeCase) => quantizedConformance(edgeCase),
    ofViewed: (viewed) => quantizedConformance(viewed.convolution),
  },
];

function integer(name: string, option: string, min: number): number {
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
      every: { type: 'string', default: '1' },
      random: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  const supported = targets().filter((target) => target.supported);
  return {
    help: values.help,
    targets: values.targets?.split(',') ?? supported.map(({ name }) => name),
    every: integer('every', values.every, 1),
    random: integer('random', values.random, 0),
    seed: integer('seed', values.seed, 0),
  };
}

async function verdictOf(check: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await check();
  } catch (error) {
    return failed(String(error));
  }
}

type Row = readonly [Check, Tally];

async function sweepEdgeCases(rows: readonly Row[], every: number): Promise<void> {
  for (const [i, edgeCase] of [...edgeCases()].entries()) {
    if (i % every !== 0) continue;
    for (const [{ ofEdgeCase }, tally] of rows) {
      selectTarget(tally.target);
      tally.record(edgeCase.name, await verdictOf(() => ofEdgeCase(edgeCase)));
    }
  }
}

/** Goes on to the first failure; returns it, made as small as it gets. */
async function sweepRandom(rows: readonly Row[], numRuns: number, seed: number): Promise<string | undefined> {
  let hasFailed = false;
  const property = fc.asyncProperty(viewedConvolutions, async (viewed) => {
    const conformance = new ViewedConformance(viewed);
    for (const [{ ofViewed }, tally] of rows) {
      selectTarget(tally.target);
      const verdict = await verdictOf(() => ofViewed(conformance));
      if (!hasFailed) tally.record('a random convolution', verdict);
      if (verdict.kind !== 'failed') continue;
      hasFailed = true;
      throw new Error(`${tally.check} on ${tally.target}: ${verdict.reason}`);
    }
  });
  const details = await fc.check(property, { seed, numRuns });
  return details.failed ? fc.defaultReportMessage(details) : undefined;
}

async function main(): Promise<number> {
  const { help, every, random, seed, ...chosen } = options();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const rows = chosen.targets.flatMap((target) => {
    selectTarget(target);
    return checks.map((check): Row => [check, new Tally(check.name, target)]);
  });
  await sweepEdgeCases(rows, every);
  const counterexample = random > 0 ? await sweepRandom(rows, random, seed) : undefined;
  const tallies = rows.map(([, tally]) => tally);
  printTallies(tallies);
  if (counterexample) console.log(counterexample);
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failures = tallies.reduce((sum, tally) => sum + tally.failures.length, 0);
  console.log(`${process.arch}, ${chosen.targets.join(', ')}: ${passed} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
