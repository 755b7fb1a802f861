import {
  assertInteger,
  isTypedArray,
  rangeError,
  released,
  typeError,
  ZeroskipError,
} from '@zeroskip/tensor';
import type { ConvTiming, NativeArena, NativeProgram, StepTrace } from '../addon.ts';
import { assertView, viewEnd, viewStrides } from '../checks.ts';
import type { Convolution } from '../convolution.ts';
import { loadAddon } from '../load-addon.ts';
import { assertFits } from './check-step.ts';
import { type Arena, floats } from './memory.ts';
import type { View } from './native-step.ts';
import { Reads } from './reads.ts';
import type { ConvStep } from './step.ts';

export interface ExecuteOptions {
  /** First step; 0 unless told. */
  from?: number;
  /** One past the last step; all unless told. */
  to?: number;
  threads: number;
  /** Checked between steps. */
  signal?: AbortSignal | undefined;
  /** Counts the non-zeros of the input of each convolution, in another pass over it; not unless told. */
  countNonZeros?: boolean;
  /** Whether there are traces, which take time themselves; there are unless told. */
  traces?: boolean;
}

/** What a run needs of its program. */
interface Runnable {
  readonly length: number;
  readonly convolutions: ReadonlyMap<number, ConvStep>;
  readonly native: NativeProgram;
}

/** What steps left: a trace of each, where these are wanted, and copies of maps. */
export interface Executed {
  readonly traces: StepTrace[];
  /** In N, C, H, W order. */
  readonly maps: Float32Array[];
}

/** Numbers of a trace as native code gives it. */
const TRACE_NUMBERS = 7;

function traceFrom(numbers: Float64Array, at: number): StepTrace {
  return {
    ms: numbers[at]!,
    encodeMs: numbers[at + 1]!,
    computeMs: numbers[at + 2]!,
    loweredBytes: numbers[at + 3]!,
    products: numbers[at + 4]!,
    nonZeros: numbers[at + 5]!,
    dense: numbers[at + 6] === 1,
  };
}

const tracesFrom = (numbers: Float64Array | undefined, ran: number) =>
  numbers ? Array.from({ length: ran }, (_, i) => traceFrom(numbers, i * TRACE_NUMBERS)) : [];

const NO_READS = new Reads([]);

/** The buffers of one run of a program. */
export class ProgramRun {
  readonly program: Runnable;
  readonly arenaFloats: number;
  readonly #ownsArena: boolean;
  #arena: Arena | undefined;
  #busy = false;

  constructor(program: Runnable, arena: Arena, ownsArena: boolean) {
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

  /**
   * Executes steps and resolves with one trace per step. That is off the main thread, but for programs that are done
   * before another thread would begin.
   * @throws an `AbortError` (the signal's reason) when `signal` is aborted before the promise settles.
   */
  async execute(options: ExecuteOptions): Promise<StepTrace[]> {
    return (await this.executeAndRead(NO_READS, options)).traces;
  }

  /** Checks what is to be executed. @returns it as native code takes it, but for the flag */
  #prepared(
    { numbers, sizes, arenaFloats }: Reads,
    {
      from = 0,
      to = this.program.length,
      threads,
      signal,
      countNonZeros = false,
      traces = true,
    }: ExecuteOptions,
  ) {
    const arena = this.#idleArena();
    assertInteger('threads', threads, 1, 1024);
    assertInteger('to', to, 0, this.program.length);
    assertInteger('from', from, 0, to);
    assertInteger('the end of the view', arenaFloats, 0, this.arenaFloats);
    signal?.throwIfAborted();
    const maps = sizes.map(floats);
    const traced = traces ? new Float64Array(TRACE_NUMBERS * (to - from + maps.length)) : undefined;
    return {
      before: [this.program.native, arena, from, to, threads] as const,
      after: [countNonZeros, numbers, maps, traced] as const,
      maps,
      traced,
    };
  }

  /**
   * The same, then copies maps of the arena, in the same place; the traces end with one for each of these.
   * @throws like `execute`
   */
  async executeAndRead(reads: Reads, options: ExecuteOptions): Promise<Executed> {
    const { before, after, maps, traced } = this.#prepared(reads, options);
    const { signal } = options;
    const addon = loadAddon();
    const abort = signal && (addon.createFlag?.() ?? new Int32Array(new SharedArrayBuffer(4)));
    const onAbort = () => Atomics.store(abort!, 0, 1);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#busy = true;
    try {
      const ran = await addon.execute(...before, abort, ...after);
      signal?.throwIfAborted();
      return { traces: tracesFrom(traced, ran), maps };
    } finally {
      this.#busy = false;
      signal?.removeEventListener('abort', onAbort);
      if (abort) addon.releaseFlag?.(abort);
    }
  }

  /** The same on the calling thread, which waits: a signal counts only before it begins. */
  executeAndReadNow(reads: Reads, options: ExecuteOptions): Executed {
    const { before, after, maps, traced } = this.#prepared(reads, options);
    return { traces: tracesFrom(traced, loadAddon().executeNow(...before, undefined, ...after)), maps };
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
