import { createHash } from 'node:crypto';
import type { Results } from '../../src/index.ts';

/** A hash of all bits of the results, with their names, types and dims. */
export function digest(results: Results): string {
  const hash = createHash('sha256');
  for (const [name, { type, dims, data }] of Object.entries(results).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${type} ${dims.join()}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** What each question was answered with first; every later answer must have the same bits. */
export class Answers {
  readonly #first = new Map<string, string>();
  verified = 0;
  losses = 0;

  check(question: string, results: Results): void {
    this.checkDigest(question, digest(results));
  }

  checkDigest(question: string, answer: string): void {
    const first = this.#first.get(question);
    if (first === undefined) {
      this.#first.set(question, answer);
      return;
    }
    this.verified++;
    if (first === answer) return;
    this.losses++;
    console.error(`Expected the bits of the first answer for ${question}, received others.`);
  }
}
