import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { ZeroskipError } from '@zeroskip/tensor';
import { packageRoot } from '../package.ts';

/** What went wrong over there. */
export interface PeerFailure {
  readonly message: string;
  readonly code?: string;
}

interface Reply {
  readonly value?: unknown;
  readonly error?: PeerFailure;
}

/** A process of its own for another engine, which answers one call after the other. */
export class PeerProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #toError: (failure: PeerFailure) => Error;
  #settle: ((reply: Reply) => void) | undefined;
  #ended: string | undefined;

  /**
   * @param script in this package's folder `bin`
   * @param toError words a failure
   */
  constructor(name: string, script: string, toError: (failure: PeerFailure) => Error) {
    this.#name = name;
    this.#toError = toError;
    // execArgv: options such as --inspect are this process's own.
    this.#child = fork(join(packageRoot, 'bin', script), [], { serialization: 'advanced', execArgv: [] });
    this.#child.on('message', (reply) => this.#reply(reply as Reply));
    this.#child.on('exit', (status, signal) => {
      this.#ended = signal === null ? `exit status ${status}` : `signal ${signal}`;
      this.#reply({});
    });
  }

  #reply(reply: Reply): void {
    this.#settle?.(reply);
    this.#settle = undefined;
  }

  /** @throws what `toError` makes of a failure; with code `ERR_NATIVE` when the process ends */
  async call<T>(method: string, argument?: unknown): Promise<T> {
    const reply = await new Promise<Reply>((resolve) => {
      this.#settle = resolve;
      if (this.#ended === undefined) this.#child.send({ method, argument });
      else this.#reply({});
    });
    if (reply.error !== undefined) throw this.#toError(reply.error);
    if (this.#ended !== undefined) {
      throw new ZeroskipError(
        `Expected an answer to ${method} from the peer ${this.#name}, received the end of its process (${this.#ended}).`,
        { code: 'ERR_NATIVE', expected: 'an answer', received: this.#ended },
      );
    }
    return reply.value as T;
  }

  /** Ends the process and waits for it. Idempotent. */
  async end(): Promise<void> {
    if (this.#ended !== undefined) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}
