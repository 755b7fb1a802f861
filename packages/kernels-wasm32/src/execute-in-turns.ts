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

  async function executeInTurns(...args: unknown[]): Promise<Float64Array> {
    const [program, arena, from, to, threads, abort, countNonZeros, views, maps] = args as [
      ...[unknown, unknown, number, number, number],
      ...[Int32Array | undefined, boolean, unknown[], unknown[]],
    ];
    const traces: number[] = [];
    /** Some steps, and how many. */
    const run = (first: number, own: readonly unknown[][]): number => {
      const given = [program, arena, first, to, threads, undefined, countNonZeros, ...own, TURN_MS];
      const numbers = execute(...given) as Float64Array;
      traces.push(...numbers);
      return numbers.length / TRACE_NUMBERS;
    };
    const wanted = [views, maps];
    let ran = run(from, wanted);
    if (ran < to - from) {
      while (ran < to - from && !abort?.[0]) {
        await othersTurn();
        ran += run(from + ran, [[], []]);
      }
      if (!abort?.[0]) run(to, wanted);
    }
    return Float64Array.from(traces);
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
