import type { ConvolutionTrace, LayerTrace } from '@zeroskip/runner';
import { processId as pid, writeText } from '../platform/platform.ts';

interface TraceEvent {
  readonly cat: 'Session' | 'Node';
  readonly name: string;
  /** Microseconds since the profile began. */
  readonly ts: number;
  /** Microseconds. */
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

const stamp = (time: Date) => time.toISOString().replace(/[T.]/g, '_').replaceAll(':', '-').slice(0, -1);

/** The runner's own test would load all of it with a page that runs it in a worker. */
const isConvolution = (layer: LayerTrace): layer is ConvolutionTrace => 'algorithm' in layer;

function nodeArguments(layer: LayerTrace): Record<string, unknown> {
  const { name, opType } = layer;
  if (!isConvolution(layer)) return { op_name: opType, node_name: name, provider: 'CPUExecutionProvider' };
  const { algorithm, density, inputShape, weightShape, encodeMs, computeMs, workspaceBytes } = layer;
  return {
    op_name: opType,
    node_name: name,
    provider: 'CPUExecutionProvider',
    input_type_shape: [{ float: inputShape }, { float: weightShape }],
    algorithm,
    density,
    encode_ms: encodeMs,
    compute_ms: computeMs,
    workspace_bytes: workspaceBytes,
  };
}

/** Collects what runs took, for a file in the trace-event format of Chrome. */
export class Profile {
  readonly #path: string;
  readonly #start = performance.now();
  readonly #events: TraceEvent[] = [];

  constructor(prefix: string) {
    this.#path = `${prefix}_${stamp(new Date())}.json`;
  }

  #micros(time: number): number {
    return Math.round((time - this.#start) * 1000);
  }

  /** Notes something of the session that began at `since`, in milliseconds of `performance.now()`. */
  addSession(name: string, since: number, args: TraceEvent['args'] = {}): void {
    const ts = this.#micros(since);
    this.#events.push({ cat: 'Session', name, ts, dur: this.#micros(performance.now()) - ts, args });
  }

  /** Notes the layers of a run, one after the other. */
  addLayers(layers: readonly LayerTrace[], since: number): void {
    let at = since;
    for (const layer of layers) {
      const ts = this.#micros(at);
      at += layer.ms;
      const name = `${layer.name}_kernel_time`;
      this.#events.push({ cat: 'Node', name, ts, dur: this.#micros(at) - ts, args: nodeArguments(layer) });
    }
  }

  /** Writes the file. */
  write(): void {
    const events = this.#events.map((event) => JSON.stringify({ ...event, ph: 'X', pid, tid: pid }));
    writeText(this.#path, `[\n${events.join(',\n')}\n]\n`);
  }
}
