import { Tensor } from '../tensor/tensor.ts';
import { TRACE_EVENT_BEGIN, TRACE_EVENT_END, TRACE_FUNC_BEGIN, TRACE_FUNC_END } from '../trace.ts';
import { resolveBackend } from './backends.ts';
import { createRequest } from './create-arguments.ts';
import type { Handler } from './handler.ts';
import type { ValueInfo } from './metadata.ts';
import { runRequest } from './run-arguments.ts';

type Values = Record<string, Tensor>;

/** A loaded network. */
export class InferenceSession {
  private readonly handler: Handler<Tensor>;

  private constructor(handler: Handler<Tensor>) {
    this.handler = handler;
  }

  /** Loads a network: see `InferenceSessionFactory`. */
  static async create(model: unknown, ...rest: readonly unknown[]): Promise<InferenceSession> {
    TRACE_FUNC_BEGIN();
    TRACE_EVENT_BEGIN('InferenceSession.create');
    const request = createRequest(model, ...rest);
    const [backend, options] = await resolveBackend(request.options);
    const handler = await backend.createInferenceSessionHandler(request.model, options);
    TRACE_EVENT_END('InferenceSession.create');
    TRACE_FUNC_END();
    return new InferenceSession(handler);
  }

  /** Runs the network: see the interface of that name. */
  async run(feeds: Values, first?: unknown, second?: unknown): Promise<Values> {
    TRACE_FUNC_BEGIN();
    TRACE_EVENT_BEGIN('InferenceSession.run');
    const { fetches, options } = runRequest(this, feeds, first, second);
    const results = await this.handler.run(feeds, fetches, options);
    const tensors: Values = {};
    for (const [name, result] of Object.entries(results)) {
      const { type, data, dims } = result;
      tensors[name] = result instanceof Tensor ? result : new Tensor(type, data, dims);
    }
    TRACE_EVENT_END('InferenceSession.run');
    TRACE_FUNC_END();
    return tensors;
  }

  async release(): Promise<void> {
    return this.handler.dispose();
  }

  startProfiling(): void {
    this.handler.startProfiling();
  }

  endProfiling(): void {
    this.handler.endProfiling();
  }

  get inputNames(): readonly string[] {
    return this.handler.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.handler.outputNames;
  }

  get inputMetadata(): readonly ValueInfo[] {
    return this.handler.inputMetadata;
  }

  get outputMetadata(): readonly ValueInfo[] {
    return this.handler.outputMetadata;
  }
}
