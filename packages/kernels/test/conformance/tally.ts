import type { Verdict } from './conformance.ts';

/** Failures of one check that are printed; the others are counted. */
const MAX_PRINTED_FAILURES = 5;

/** What came of one check on one target. */
export class Tally {
  readonly check: string;
  readonly target: string;
  readonly failures: string[] = [];
  readonly refusals: string[] = [];
  passed = 0;

  constructor(check: string, target: string) {
    this.check = check;
    this.target = target;
  }

  record(name: string, verdict: Verdict): void {
    if (verdict.kind === 'passed') this.passed++;
    else if (verdict.kind === 'refused') this.refusals.push(verdict.reason);
    else this.failures.push(`${name}: ${verdict.reason}`);
  }
}

/** Prints a row per tally, then why cases were refused and how they failed. */
export function printTallies(tallies: readonly Tally[]): void {
  const width = Math.max(...tallies.map(({ check }) => check.length));
  console.log(`target   ${'check'.padEnd(width)}   passed  refused   failed`);
  for (const { target, check, passed, refusals, failures } of tallies) {
    const numbers = [passed, refusals.length, failures.length].map((n) => String(n).padStart(9));
    console.log(`${target.padEnd(8)} ${check.padEnd(width)}${numbers.join('')}`);
  }
  const reasons = tallies.flatMap(({ check, refusals }) =>
    refusals.map((reason) => `${check} refuses: ${reason}`),
  );
  for (const reason of new Set(reasons)) console.log(reason);
  for (const { target, check, failures } of tallies) {
    for (const failure of failures.slice(0, MAX_PRINTED_FAILURES)) {
      console.log(`${check} on ${target} failed: ${failure}`);
    }
  }
}
