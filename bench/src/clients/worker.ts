import { type ChildProcess, fork } from 'node:child_process';
import { sep } from 'node:path';
import type { Answer } from './client.ts';
import type { Inputs } from './inputs.ts';
import type { Sample } from './measurement.ts';

export type Request =
  | { readonly kind: 'start'; readonly inputs: Inputs }
  | { readonly kind: 'run'; readonly job: string };

export type Reply =
  | { readonly kind: 'started'; readonly jobs: readonly string[] }
  | { readonly kind: 'ran'; readonly sample: Sample; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly message: string };

type ReplyTo<K extends Request['kind']> = Extract<Reply, { kind: K extends 'start' ? 'started' : 'ran' }>;

/** Longer than any job takes that does not hang. */
const TIMEOUT_MS = 300_000;
const LAST_WORDS = 2000;

/** A process that runs a client's jobs in its project, one at a time. */
export class Worker implements Disposable {
  readonly #child: ChildProcess;
  readonly #project: string;
  #stderr = '';

  /** @param program the compiled `child.ts` */
  constructor(program: string, project: string) {
    this.#project = project;
    this.#child = fork(program, {
      cwd: project,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr!.on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-LAST_WORDS);
    });
  }

  /** @throws an error with the client's message where it fails */
  async ask<R extends Request>(request: R): Promise<ReplyTo<R['kind']>> {
    const reply = await this.#reply(request);
    if (reply.kind === 'failed') throw new Error(reply.message.replaceAll(`${this.#project}${sep}`, ''));
    return reply as ReplyTo<R['kind']>;
  }

  #reply(request: Request): Promise<Reply> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const onMessage = (reply: unknown) => settle(() => resolve(reply as Reply));
      const onExit = (status: number | null) => {
        const said = this.#stderr.split('\n').find((line) => /Error\b/.test(line)) ?? this.#stderr;
        settle(() => reject(new Error(`The process ended with ${status}: ${said.trim()}`)));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`No answer within ${TIMEOUT_MS / 1000} s.`))),
        TIMEOUT_MS,
      );
      function settle(end: () => void): void {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        end();
      }
      child.on('message', onMessage);
      child.on('exit', onExit);
      if (child.connected) child.send(request);
      else onExit(child.exitCode);
    });
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}
