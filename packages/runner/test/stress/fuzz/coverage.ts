import { type Profiler, Session } from 'node:inspector';

/** Which blocks of the code have run, by V8's own counts. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    this.fresh();
  }

  #post(method: string, params: object = {}): unknown {
    let result: unknown;
    this.#session.post(method, params, (error, value) => {
      if (error) throw error;
      result = value;
    });
    return result;
  }

  /** Blocks that have run since the last call and never before. */
  fresh(): string[] {
    const { result } = this.#post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    const found: string[] = [];
    for (const { scriptId, url, functions } of result) {
      if (!url.startsWith('file:')) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          const block = `${scriptId} ${startOffset} ${endOffset}`;
          if (!this.#seen.has(block)) found.push(block);
        }
      }
    }
    return found;
  }

  keep(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block);
  }

  get blocks(): number {
    return this.#seen.size;
  }

  end(): void {
    this.#session.disconnect();
  }
}
