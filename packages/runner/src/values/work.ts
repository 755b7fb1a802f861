import { nextTurn } from '../platform.ts';

/** What work waits for: with the event loop going on, or on the spot. */
export interface Wait<T> {
  later(): Promise<T>;
  now(): T;
}

/** Work that waits now and then. It is written once, and done in turns of the event loop or at once. */
export type Work<T> = Generator<Wait<unknown>, T, unknown>;

/** For work: waits for one thing. */
export function* waited<T>(wait: Wait<T>): Work<T> {
  return (yield wait) as T;
}

/** Lets the event loop go on where it can. */
export const turn: Wait<void> = { later: nextTurn, now: () => undefined };

/** @param step what the work has come to, where it has begun */
export async function inTurns<T>(work: Work<T>, step = work.next()): Promise<T> {
  while (!step.done) {
    let value: unknown;
    try {
      value = await step.value.later();
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(value);
  }
  return step.value;
}

export function atOnce<T>(work: Work<T>): T {
  let step = work.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = step.value.now();
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(value);
  }
  return step.value;
}
