import { Arena } from '@zeroskip/kernels';

/** Runs after which an arena that was too large for all of them is given up. */
const PATIENCE = 32;

/**
 * The arenas of a session's runs. One is kept for the next run, of whatever shape, since a new one takes the time in
 * which the system gives it its pages; runs at the same time make and drop their own.
 */
export class ArenaPool {
  #idle: Arena | undefined;
  /** Most floats that one of the last runs asked for, and how many runs these are. */
  #most = 0;
  #runs = 0;
  #released = false;

  /** Bytes of the arena that is kept. */
  get idleBytes(): number {
    return 4 * (this.#idle?.floats ?? 0);
  }

  /** An arena of at least `floats`, until it is given back. */
  take(floats: number): Arena {
    this.#most = Math.max(this.#most, floats);
    if (++this.#runs >= PATIENCE) {
      if (this.#idle && this.#idle.floats > 2 * this.#most) this.#drop();
      this.#most = floats;
      this.#runs = 0;
    }
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle && idle.floats >= floats) return idle;
    idle?.release();
    return new Arena(floats);
  }

  give(arena: Arena): void {
    const [kept, dropped] =
      this.#idle && this.#idle.floats > arena.floats ? [this.#idle, arena] : [arena, this.#idle];
    dropped?.release();
    this.#idle = kept;
    if (this.#released) this.#drop();
  }

  #drop(): void {
    this.#idle?.release();
    this.#idle = undefined;
  }

  /** Frees the arena that is kept; others when they are given back. */
  release(): void {
    this.#released = true;
    this.#drop();
  }
}
