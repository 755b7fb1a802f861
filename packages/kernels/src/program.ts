import { assertInteger, isTypedArray, rangeError, typeError, ZeroskipError } from '@zeroskip/tensor';
import type { ConvTiming, NativeArena, NativeConstants, NativeProgram, StepTrace, View } from './addon.ts';
import { assertFits, checkStep } from './check-step.ts';
import { assertView, released, viewEnd, viewStrides } from './checks.ts';
import type { Convolution } from './convolution.ts';
import { loadAddon } from './load-addon.ts';
import { type ConvStep, nativeStep, type Step, viewsOf } from './step.ts';

export interface ExecuteOptions {
  /** First step; 0 unless told. */
  from?: number;
  /** One past the last step; all unless told. */
  to?: number;
  threads: number;
  /** Checked between steps. */
  signal?: AbortSignal;
  /** Counts the non-zeros of the input of each convolution, in another pass over it; not unless told. */
  countNonZeros?: boolean;
}

/** An array, or an error with code `ERR_OUT_OF_MEMORY`. */
function floats(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (cause) {
    const [expected, received] = [`memory for ${length} floats`, 'none from the system'];
    throw new ZeroskipError(`Expected ${expected}, received ${received}.`, {
      code: 'ERR_OUT_OF_MEMORY',
      expected,
      received,
      cause,
    });
  }
}

/** Float32 values that several programs read. Holds native memory until `release()`. */
export class Constants {
  readonly length: number;
  #native: NativeConstants | undefined;

  /** @param values copied */
  constructor(values: Float32Array) {
    if (!isTypedArray(values, 'Float32Array')) throw typeError('values', 'a Float32Array', values);
    this.length = values.length;
    this.#native = loadAddon().createConstants(values);
  }

  /** @internal */
  get native(): NativeConstants {
    if (!this.#native) throw released('list of constants');
    return this.#native;
  }

  /** Frees the values. Programs that read them keep them. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseConstants(this.#native);
    this.#native = undefined;
  }
}

/** The buffers that one run at a time works in. Holds native memory until `release()`. */
export class Arena {
  readonly floats: number;
  #native: NativeArena | undefined;

  constructor(floats: number) {
    assertInteger('floats', floats, 0);
    this.floats = floats;
    this.#native = loadAddon().createArena(floats);
  }

  /** @internal */
  get native(): NativeArena {
    if (!this.#native) throw released('arena');
    return this.#native;
  }

  /** Frees the buffers. A run in flight ends first. Idempotent. */
  release(): void {
    if (this.#native) loadAddon().releaseArena(this.#native);
    this.#native = undefined;
  }
}

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
    const numbers: number[] = [];
    let end = 0;
    for (const [index, step] of steps.entries()) {
      const what = `steps[${index}] (${step.op})`;
      for (const view of viewsOf(step)) {
        assertView(`${what} view`, view);
        const { constant, offset, n, h, w, c, pixelStride } = view;
        if (!constant) end = Math.max(end, viewEnd(view));
        else {
          const last = offset < first ? first : first + constants.length;
          if (viewEnd(view) > last)
            throw rangeError(`${what} view`, `at most ${last} constants`, viewEnd(view));
        }
        const { rowStride, imageStride } = viewStrides(view);
        numbers.push(constant ? 1 : 0, offset, n, h, w, c, pixelStride, rowStride, imageStride);
      }
      checkStep(what, step);
    }
    this.length = steps.length;
    this.convolutions = new Map(steps.flatMap((step, index) => (step.op === 'conv' ? [[index, step]] : [])));
    this.arenaFloats = end;
    const views = new Float64Array(numbers);
    this.#native = loadAddon().createProgram(steps.map(nativeStep), views, constants, shared?.native);
  }

  /** Bytes of native memory that this program alone uses, convolutions and shared constants left out. */
  get bytes(): number {
    return loadAddon().programBytes(this.native);
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

/** The buffers of one run of a program. */
export class ProgramRun {
  readonly program: Program;
  readonly arenaFloats: number;
  readonly #ownsArena: boolean;
  #arena: Arena | undefined;
  #busy = false;

  constructor(program: Program, arena: Arena, ownsArena: boolean) {
    this.program = program;
    this.arenaFloats = arena.floats;
    this.#arena = arena;
    this.#ownsArena = ownsArena;
  }

  #idleArena(): NativeArena {
    if (!this.#arena) throw released('run');
    if (this.#busy) {
      throw new ZeroskipError('Expected an idle run, received one that is executing.', {
        code: 'ERR_INVALID_ARGUMENT',
      });
    }
    return this.#arena.native;
  }

  /** Copies `data` to the arena at `offset` (in floats). */
  write(offset: number, data: Float32Array): void {
    const arena = this.#idleArena();
    if (!isTypedArray(data, 'Float32Array')) throw typeError('data', 'a Float32Array', data);
    assertInteger('offset', offset, 0, this.arenaFloats - data.length);
    loadAddon().writeArena(arena, offset, data);
  }

  /** A copy of `length` floats of the arena. */
  read(offset: number, length: number): Float32Array {
    const arena = this.#idleArena();
    assertInteger('length', length, 0, this.arenaFloats);
    assertInteger('offset', offset, 0, this.arenaFloats - length);
    const data = floats(length);
    loadAddon().readArena(arena, offset, data);
    return data;
  }

  /** The values of a view, dense, in N, H, W, C order. */
  readView(view: View): Float32Array {
    assertView('the view', view);
    const { n, h, w, c, pixelStride } = view;
    const { rowStride, imageStride } = viewStrides(view);
    const all = this.read(view.offset, viewEnd(view) - view.offset);
    if (all.length === n * h * w * c) return all;
    const out = floats(n * h * w * c);
    for (let pixel = 0; pixel < n * h * w; pixel++) {
      const [x, y, image] = [pixel % w, Math.floor(pixel / w) % h, Math.floor(pixel / w / h)];
      const start = image * imageStride + y * rowStride + x * pixelStride;
      out.set(all.subarray(start, start + c), pixel * c);
    }
    return out;
  }

  /** The values of a view in N, C, H, W order, copied off the main thread. */
  async readChannelsFirst(view: View, { threads }: { threads: number }): Promise<Float32Array> {
    const arena = this.#idleArena();
    assertInteger('threads', threads, 1, 1024);
    assertView('the view', view);
    assertInteger('the end of the view', viewEnd(view), 0, this.arenaFloats);
    // One pixel has no order to change, and takes less time than a turn of the event loop.
    if (view.n * view.h * view.w === 1) return this.read(view.offset, view.c);
    this.#busy = true;
    try {
      const data = floats(view.n * view.h * view.w * view.c);
      return await loadAddon().readMap(arena, view, data, threads);
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Executes steps off the main thread and resolves with one trace per step.
   * @throws an `AbortError` (the signal's reason) when `signal` is aborted before the promise settles.
   */
  async execute({
    from = 0,
    to = this.program.length,
    threads,
    signal,
    countNonZeros = false,
  }: ExecuteOptions): Promise<StepTrace[]> {
    const arena = this.#idleArena();
    assertInteger('threads', threads, 1, 1024);
    assertInteger('to', to, 0, this.program.length);
    assertInteger('from', from, 0, to);
    signal?.throwIfAborted();
    const abort = new Int32Array(new SharedArrayBuffer(4));
    const onAbort = () => Atomics.store(abort, 0, 1);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#busy = true;
    try {
      const { native } = this.program;
      const traces = await loadAddon().execute(native, arena, from, to, threads, abort, countNonZeros);
      signal?.throwIfAborted();
      return traces;
    } finally {
      this.#busy = false;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Times `convolutions` on the present input of the convolution at `step`, `rounds` times each, interleaved.
   * The last one's result stays in the step's output.
   */
  async timeConvolutions(
    step: number,
    convolutions: readonly Convolution[],
    { rounds, threads }: { rounds: number; threads: number },
  ): Promise<ConvTiming[]> {
    const arena = this.#idleArena();
    assertInteger('step', step, 0, this.program.length - 1);
    assertInteger('rounds', rounds, 1, 1_000_000);
    assertInteger('threads', threads, 1, 1024);
    const timed = this.program.convolutions.get(step);
    if (!timed) throw rangeError('step', 'the index of a convolution', step);
    for (const [i, convolution] of convolutions.entries()) {
      assertFits(`convolutions[${i}]`, convolution, timed.input, timed.output);
    }
    this.#busy = true;
    try {
      const natives = convolutions.map((convolution) => convolution.native);
      return await loadAddon().timeConvolutions(this.program.native, arena, step, natives, rounds, threads);
    } finally {
      this.#busy = false;
    }
  }

  /** Frees the arena where it is the run's own. A run in flight ends first. Idempotent. */
  release(): void {
    if (this.#ownsArena) this.#arena?.release();
    this.#arena = undefined;
  }
}
