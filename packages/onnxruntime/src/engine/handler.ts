import type {
  OutputMetadata,
  SessionOptions as RunnerOptions,
  RunOptions as RunnerRunOptions,
  Value,
} from '@zeroskip/runner';
import { type ElementType, Tensor as RunnerTensor, released } from '@zeroskip/tensor';
import { createSession, type RunnerSession } from '../platform/platform.ts';
import { refusal } from '../refusal.ts';
import type { Handler } from '../session/handler.ts';
import type { ValueInfo } from '../session/metadata.ts';
import type { RunSettings, SessionSettings } from '../session/options.ts';
import { Tensor } from '../tensor/tensor.ts';
import { checkRunOptions, checkSessionOptions } from './check-options.ts';
import { externalFiles, modelSource } from './model-source.ts';
import { Profile } from './profile.ts';

type Values = { [name: string]: Tensor };

const DEFAULT_PREFIX = 'onnxruntime_profile';

/** Options of the runner that are given as `extra.zeroskip`. */
function ownOptions<T>(extra: Record<string, unknown> | undefined): T {
  return (extra?.zeroskip ?? {}) as T;
}

async function runnerOptions(options: SessionSettings): Promise<RunnerOptions> {
  const {
    intraOpNumThreads: threads,
    freeDimensionOverrides,
    graphOptimizationLevel,
    externalData,
  } = options;
  return {
    ...(threads && { intraOpNumThreads: threads }),
    ...(freeDimensionOverrides && { dimensions: freeDimensionOverrides }),
    ...(graphOptimizationLevel === 'disabled' && { fuse: false }),
    ...(externalData && { externalData: await externalFiles(externalData) }),
    ...ownOptions<RunnerOptions>(options.extra),
  };
}

/** A session of `@zeroskip/runner` as this API's sessions use it. */
export class EngineHandler implements Handler<Tensor> {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueInfo[];
  readonly outputMetadata: readonly ValueInfo[];
  readonly #session: RunnerSession;
  readonly #prefix: string | undefined;
  #profile: Profile | undefined;
  #released = false;

  private constructor(session: RunnerSession, prefix: string | undefined, profile: Profile | undefined) {
    this.#session = session;
    this.#prefix = prefix;
    this.#profile = profile;
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
    this.inputMetadata = session.inputMetadata.map(valueInfo);
    this.outputMetadata = session.outputMetadata.map(valueInfo);
  }

  static async create(model: string | Uint8Array, options: SessionSettings): Promise<EngineHandler> {
    checkSessionOptions(options);
    if (options.optimizedModelFilePath !== undefined)
      console.warn('The option optimizedModelFilePath is not read: no optimized model is written.');
    const prefix = options.enableProfiling ? (options.profileFilePrefix ?? DEFAULT_PREFIX) : undefined;
    const profile = prefix === undefined ? undefined : new Profile(prefix);
    const start = performance.now();
    const session = await createSession(await modelSource(model), await runnerOptions(options));
    profile?.addSession('session_initialization', start);
    return new EngineHandler(session, prefix, profile);
  }

  async run(feeds: Values, fetches: Record<string, Tensor | null>, options: RunSettings): Promise<Values> {
    this.#assertInUse();
    checkRunOptions(options);
    if (options.terminate)
      throw refusal('a run', 'one that goes on', 'option terminate', { code: 'ERR_ABORTED' });
    const wanted = this.inputNames.map((name) => [name, feeds[name]] as const);
    const targets = Object.entries(fetches).map(([name, target]) => [name, target && runnerTensor(target)]);
    const profile = this.#profile;
    const start = performance.now();
    const results = await this.#session.run<Value>(
      Object.fromEntries(wanted) as never,
      Object.fromEntries(targets) as Record<string, RunnerTensor | null>,
      {
        ...(profile && { trace: (layers) => profile.addLayers(layers, start) }),
        ...ownOptions<RunnerRunOptions>(options.extra),
      },
    );
    profile?.addSession('model_run', start, options.tag === undefined ? {} : { tag: options.tag });
    const tensors: Values = {};
    for (const [name, value] of Object.entries(results)) {
      if (!(value instanceof RunnerTensor)) {
        const received = value === null ? 'an optional without a value' : 'a sequence';
        throw refusal(`output ${JSON.stringify(name)}`, 'a tensor', received, {
          code: 'ERR_UNSUPPORTED_TYPE',
        });
      }
      const { type, data, dims } = value;
      tensors[name] = fetches[name] ?? new Tensor(type, data, dims);
    }
    return tensors;
  }

  startProfiling(): void {
    if (this.#prefix !== undefined) this.#profile ??= new Profile(this.#prefix);
  }

  endProfiling(): void {
    this.#profile?.write();
    this.#profile = undefined;
  }

  async dispose(): Promise<void> {
    this.#assertInUse();
    this.#released = true;
    await this.#session.release();
    this.endProfiling();
  }

  #assertInUse(): void {
    if (this.#released) throw released('session');
  }
}

/** The runner has a few element types more than onnxruntime's tensors. */
function valueInfo(value: OutputMetadata): ValueInfo {
  return value.isTensor ? (value as ValueInfo) : { name: value.name, isTensor: false };
}

/** A tensor that the runner fills, over the same data. */
function runnerTensor({ type, data, dims }: Tensor): RunnerTensor {
  return new RunnerTensor(type as ElementType, data as never, dims);
}
