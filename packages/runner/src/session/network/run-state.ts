import type { Execution } from '../instance.ts';

/** One run of a session, with what it has done so far. */
export interface RunState extends Execution {
  /** Of graphs that nodes repeat. */
  iterations: number;
  /** Whether its results may be memory of the caller or of the model. */
  shared: boolean;
}
