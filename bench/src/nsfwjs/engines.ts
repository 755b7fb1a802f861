import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';

/** What runs a client's networks, and the backend of TensorFlow.js, which does the rest. */
export interface EngineChoice {
  readonly name: string;
  readonly backend: 'cpu' | 'wasm';
  readonly isZeroskip: boolean;
}

export const engineChoices: readonly EngineChoice[] = [
  { name: 'TensorFlow.js, cpu', backend: 'cpu', isZeroskip: false },
  { name: 'TensorFlow.js, wasm with SIMD', backend: 'wasm', isZeroskip: false },
  { name: 'Zeroskip, the rest by cpu', backend: 'cpu', isZeroskip: true },
  { name: 'Zeroskip, the rest by wasm', backend: 'wasm', isZeroskip: true },
];

/** What a client says of a photo: names with numbers of about 1. */
export type Answer = readonly { readonly label: string; readonly value: number }[];

export interface Photo {
  /** Of red, green and blue. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface Sample {
  readonly ms: number;
  readonly answer: Answer;
}

/** A process in the project that runs a client on photos with one engine. */
export class ClientProcess {
  readonly choice: EngineChoice;
  readonly #child: ChildProcess;

  private constructor(choice: EngineChoice, program: string, core: number | undefined) {
    this.choice = choice;
    const install = choice.isZeroskip ? ['--import', '@zeroskip/tfjs/install'] : [];
    const options = {
      cwd: dirname(program),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    } as const;
    this.#child =
      core === undefined
        ? fork(program, { ...options, stdio: [...options.stdio], execArgv: install })
        : fork(program, {
            ...options,
            stdio: [...options.stdio],
            execPath: 'taskset',
            execArgv: ['-c', String(core), process.execPath, ...install],
          });
  }

  /** @param core the one that the process is kept to, where it is */
  static async start(
    choice: EngineChoice,
    program: string,
    { model, photos, core }: { model: string; photos: readonly Photo[]; core: number | undefined },
  ): Promise<ClientProcess> {
    const own = new ClientProcess(choice, program, core);
    await own.#ask({ kind: 'start', backend: choice.backend, model, photos });
    return own;
  }

  run(photo: number): Promise<Sample> {
    return this.#ask({ kind: 'run', photo }) as Promise<Sample>;
  }

  #ask(request: object): Promise<unknown> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const onExit = (status: number | null) =>
        reject(new Error(`${this.choice.name} ended with ${status}.`));
      child.once('exit', onExit);
      child.once('message', (reply: { readonly failure?: string }) => {
        child.off('exit', onExit);
        if (reply.failure === undefined) resolve(reply);
        else reject(new Error(`${this.choice.name}: ${reply.failure}`));
      });
      child.send(request);
    });
  }

  end(): void {
    this.#child.kill();
  }
}
