import { assertInteger, isTypedArray, rangeError, released, typeError } from '@zeroskip/tensor';
import type { NativeProgram } from '../addon.ts';
import { assertView, floatsUnder, viewEnd } from '../checks.ts';
import { loadAddon } from '../load-addon.ts';
import { checkChain } from './chain.ts';
import { checkStep } from './check-step.ts';
import { Arena, type Constants } from './memory.ts';
import type { View } from './native-step.ts';
import { type Reads, viewNumbers } from './reads.ts';
import { ProgramRun } from './run.ts';
import { type ConvStep, nativeStep, type Step, viewsOf } from './step.ts';

/** A list of native steps, checked once, run many times. Holds native memory until `release()`. */
export class Program {
  /** Number of steps. */
  readonly length: number;
  /** By step, for their timing; the other steps are not kept in this form. */
  readonly convolutions: ReadonlyMap<number, ConvStep>;
  /** Floats that an arena must have for this program. */
  readonly arenaFloats: number;
  #native: NativeProgram | undefined;

  /**
   * @param constants float32 values that views marked `constant` refer to; copied
   * @param shared constants that come before these and are not copied; a view lies within one of both
   */
  constructor(
    steps: readonly Step[],
    constants: Float32Array = new Float32Array(0),
    shared: Constants | undefined = undefined,
  ) {
    if (!isTypedArray(constants, 'Float32Array')) throw typeError('constants', 'a Float32Array', constants);
    const first = shared?.length ?? 0;
    const views: View[] = [];
    let end = 0;
    for (const [index, step] of steps.entries()) {
      const what = `steps[${index}] (${step.op})`;
      const whatView = `${what} view`;
      for (const view of viewsOf(step)) {
        assertView(whatView, view);
        const { constant, offset } = view;
        if (!constant) end = Math.max(end, floatsUnder(view));
        else {
          const last = offset < first ? first : first + constants.length;
          if (viewEnd(view) > last) throw rangeError(whatView, `at most ${last} constants`, viewEnd(view));
        }
        views.push(view);
      }
      checkStep(what, step);
      checkChain(what, steps, index);
    }
    this.length = steps.length;
    this.convolutions = new Map(steps.flatMap((step, index) => (step.op === 'conv' ? [[index, step]] : [])));
    this.arenaFloats = end;
    const numbers = viewNumbers(views);
    this.#native = loadAddon().createProgram(steps.map(nativeStep), numbers, constants, shared?.native);
  }

  /** Bytes of native memory that this program alone uses, convolutions and shared constants left out. */
  get bytes(): number {
    return loadAddon().programBytes(this.native);
  }

  /**
   * Whether steps, and the copies behind them, take less time than to wake another thread: `execute` does these on the
   * calling one.
   */
  isBrief(from: number, to: number, copies: Reads): boolean {
    assertInteger('to', to, 0, this.length);
    assertInteger('from', from, 0, to);
    return loadAddon().isBrief(this.native, from, to, Math.max(0, ...copies.sizes));
  }

  /** @internal */
  get native(): NativeProgram {
    if (!this.#native) throw released('program');
    return this.#native;
  }

  /**
   * A run in an arena of its own. Several runs of one program may execute at the same time.
   * @param arena its floats; or an arena, used by one run at a time, which outlives the run
   */
  createRun(arena: number | Arena = this.arenaFloats): ProgramRun {
    const isOwn = typeof arena === 'number';
    assertInteger('arenaFloats', isOwn ? arena : arena.floats, this.arenaFloats);
    return new ProgramRun(this, isOwn ? new Arena(arena) : arena, isOwn);
  }

  /** Frees the native program. Runs in flight end normally. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseProgram(this.#native);
    this.#native = undefined;
  }
}
