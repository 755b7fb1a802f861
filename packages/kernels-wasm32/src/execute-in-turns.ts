type Native = (...args: unknown[]) => unknown;

/** The functions of a module with one thread that have to do with runs. */
interface RunFunctions {
  readonly execute: Native;
  readonly releaseProgram: Native;
  readonly releaseArena: Native;
}

/** Of a program or an arena. */
interface Use {
  runs: number;
  /** What was asked for meanwhile. */
  release?: () => unknown;
}

/** Of each step, as native code gives them. */
const TRACE_NUMBERS = 7;
/** After so many milliseconds others on this thread have their turn. */
const TURN_MS = 16;

/** Views and maps, of none. */
const NOTHING = [new Float64Array(0), []];

const othersTurn = () => new Promise<void>((resolve) => void setTimeout(resolve));

/**
 * `execute` for one thread, which others want to use, too: some steps at a time, and the flag is looked at between
 * them. The traces are those of one call. What is released meanwhile stays until the end.
 */
export function inTurns({ execute, releaseProgram, releaseArena }: RunFunctions): RunFunctions {
  const uses = new Map<unknown, Use>();

  function begin(held: unknown): void {
    const use = uses.get(held) ?? { runs: 0 };
    use.runs++;
    uses.set(held, use);
  }

  function end(held: unknown): void {
    const use = uses.get(held)!;
    if (--use.runs > 0) return;
    uses.delete(held);
    use.release?.();
  }

  const releaseLater = (release: Native) => (held: unknown) => {
    const use = uses.get(held);
    if (use) use.release = () => release(held);
    else release(held);
  };

  async function executeInTurns(...args: unknown[]): Promise<number> {
    const [program, arena, from, to, threads, abort, countNonZeros, views, maps, traces] = args as [
      ...[unknown, unknown, number, number, number],
      ...[Int32Array | undefined, boolean, Float64Array, Float32Array[], Float64Array | undefined],
    ];
    let ran = 0;
    /** The steps that follow, as many as there is time for, and then the copies where none is left. */
    const run = (reads: readonly unknown[]): void => {
      const rest = traces?.subarray(TRACE_NUMBERS * ran);
      const first = Math.min(from + ran, to);
      ran += execute(
        program,
        arena,
        first,
        to,
        threads,
        undefined,
        countNonZeros,
        ...reads,
        rest,
        TURN_MS,
      ) as number;
    };
    const wanted = [views, maps];
    run(wanted);
    if (ran < to - from) {
      while (ran < to - from && !abort?.[0]) {
        await othersTurn();
        run(NOTHING);
      }
      if (!abort?.[0]) run(wanted);
    }
    return ran;
  }

  return {
    async execute(...args) {
      const held = args.slice(0, 2);
      held.forEach(begin);
      try {
        return await executeInTurns(...args);
      } finally {
        held.forEach(end);
      }
    },
    releaseProgram: releaseLater(releaseProgram),
    releaseArena: releaseLater(releaseArena),
  };
}
