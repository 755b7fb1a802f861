import { setImmediate } from 'node:timers/promises';
import type { ProgramRun } from '@zeroskip/kernels';
import type { Place } from './lowering/place.ts';

/** Floats that the main thread copies between two turns of the event loop: 8 MB, a few milliseconds. */
const COPY_FLOATS = 1 << 21;

/** Copies `data` to the arena. */
export async function writeInTurns(run: ProgramRun, place: Place, data: Float32Array): Promise<void> {
  for (let at = 0; at < data.length; at += COPY_FLOATS) {
    if (at > 0) await setImmediate();
    run.write(place.offset + at, data.subarray(at, at + COPY_FLOATS));
  }
}
