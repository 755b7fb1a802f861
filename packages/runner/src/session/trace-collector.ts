import type { Origin } from '../lowering/actions.ts';
import type { ConvolutionTrace, LayerTrace, NodeTrace } from './trace.ts';

/** Collects what each node took, in order of execution. */
export class TraceCollector {
  readonly #entries = new Map<
    Origin,
    { ms: number; convolution?: Omit<ConvolutionTrace, keyof NodeTrace> }
  >();

  add(origin: Origin, ms: number, convolution?: Omit<ConvolutionTrace, keyof NodeTrace>): void {
    const entry = this.#entries.get(origin) ?? { ms: 0 };
    entry.ms += ms;
    if (convolution) entry.convolution = convolution;
    this.#entries.set(origin, entry);
  }

  get layers(): LayerTrace[] {
    return [...this.#entries].map(([{ name, opType }, { ms, convolution }]) => ({
      name,
      opType,
      ms,
      ...convolution,
    }));
  }
}
