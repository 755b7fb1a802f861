import { turn, type Work, waited } from '../../values/work.ts';

/** What the main thread does between two turns of the event loop, unless one operator takes longer. */
const TURN_MS = 2;

/** Where a run that computes on the main thread lets the event loop go on. */
export class Turns {
  #began = performance.now();

  /** Waits for a turn of the event loop where this one has lasted long enough. */
  *pause(): Work<void> {
    if (performance.now() - this.#began <= TURN_MS) return;
    yield* waited(turn);
    this.#began = performance.now();
  }
}
