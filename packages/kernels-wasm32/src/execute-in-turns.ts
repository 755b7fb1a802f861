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
    const run = (first: number, last: number, own: unknown[], ownMaps: unknown[]) => {
      const numbers = execute(program, arena, first, last, threads, undefined, countNonZeros, own, ownMaps);
      traces.push(...(numbers as Float64Array));
    };
    let first = from;
    let began = performance.now();
    for (let steps = 1; first < to && !abort?.[0]; ) {
      const last = Math.min(first + steps, to);
      const before = performance.now();
      run(first, last, [], []);
      first = last;
      const now = performance.now();
      // As many next as took half of a turn.
      steps = now - before < TURN_MS / 4 ? steps * 2 : Math.max(1, Math.floor(steps / 2));
      if (now - began > TURN_MS) {
        await othersTurn();
        began = performance.now();
      }
    }
    if (first === to) run(to, to, views, maps);
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
