import { createHash } from 'node:crypto';
import { InferenceSession, type ValueMetadata } from '@zeroskip/runner';
import { allocate, rangeError, sizeOf, Tensor } from '@zeroskip/tensor';
import { readBytesNow } from '../files.ts';
import { networkInput, type PreparedInput, prepareInput } from '../input/network-input.ts';
import { finish } from '../tasks/finish.ts';
import { wrongLabels } from '../tasks/scores.ts';
import type { Task, TaskResult } from '../tasks/task.ts';
import type { EngineSettings, WorkItem } from './protocol.ts';
import { Spare } from './spare.ts';

/** A file with what a network takes of it. */
export interface ReadItem extends PreparedInput {
  readonly name: string;
  readonly file: Buffer;
  readonly sha256: string;
}

/** Before the first image: the labels are as many as the classes, where the model says how many there are. */
function assertLabels(labels: Task['labels'], shape: ValueMetadata['shape'] | undefined): void {
  if (!labels || !shape?.every((dim) => typeof dim === 'number')) return;
  const count = sizeOf(shape);
  if (labels.length !== count) throw wrongLabels(count, labels.length);
}

/** A session with the preparation before it and the task behind it. */
export class Engine {
  readonly #session: InferenceSession;
  readonly #settings: EngineSettings;
  readonly #input: ValueMetadata;
  readonly #fetches: readonly string[];
  readonly #spare = new Spare();

  private constructor(session: InferenceSession, settings: EngineSettings) {
    this.#session = session;
    this.#settings = settings;
    const { preparation, shape, task } = settings;
    this.#input = networkInput(session.inputMetadata, { ...preparation, ...(shape && { shape }) });
    const { outputNames } = session;
    const output = task.output ?? outputNames[0]!;
    if (!outputNames.includes(output)) {
      throw rangeError("the task's output", `one of ${outputNames.join(', ')}`, output);
    }
    this.#fetches = task.task === 'outputs' ? outputNames : [output];
    const { shape: classes } = session.outputMetadata.find(({ name }) => name === output)!;
    if (task.task === 'scores') assertLabels(task.labels, classes);
  }

  static async open(settings: EngineSettings): Promise<Engine> {
    const { model, threads, followLinks, plan, algorithm, accuracy } = settings;
    const session = await InferenceSession.create(model as string, {
      intraOpNumThreads: threads,
      ...(followLinks !== undefined && { followLinks }),
      ...(plan && { plan }),
      ...(algorithm !== undefined && { algorithm }),
      ...(accuracy && { accuracy }),
    });
    try {
      return new Engine(session, settings);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /** Whether a run may take several images: the model leaves that open, and they have one size. */
  get takesBatches(): boolean {
    const [batch, ...dims] = this.#input.shape;
    return typeof batch === 'string' && dims.every((dim) => typeof dim === 'number');
  }

  read({ name, file }: WorkItem): { file: Buffer; sha256: string } {
    const bytes =
      typeof file === 'string'
        ? readBytesNow('an input', file, (size) => this.#spare.take(size))
        : Buffer.from(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (bytes.length === 0) throw rangeError(JSON.stringify(name), 'a file that is not empty', bytes.length);
    return { file: bytes, sha256 };
  }

  prepare(name: string, file: Buffer): Promise<PreparedInput> {
    const floats = (length: number) => new Float32Array(this.#spare.take(4 * length), 0, length);
    return prepareInput(name, file, this.#input, this.#settings.preparation, JSON.stringify(name), floats);
  }

  /** Takes back the memory of an item, once nothing of it is used any more. */
  recycle(file: Buffer, item?: ReadItem): void {
    for (const { buffer } of item ? [file, item.tensor.data as Float32Array] : [file]) {
      this.#spare.give(buffer);
    }
  }

  /**
   * Runs the network on several inputs of one shape at once.
   * @param size of the run; the last input is repeated where there are fewer, so that results do not depend on how many
   * there are
   * @throws with code `ERR_INVALID_SHAPE` where the network gives no part for each
   */
  async run(tensors: readonly Tensor[], size: number): Promise<Record<string, Tensor>[]> {
    const { name } = this.#input;
    if (size === 1) return [await this.#session.run({ [name]: tensors[0]! }, this.#fetches)];
    const all = Array.from({ length: size }, (_, i) => tensors[i] ?? tensors.at(-1)!);
    const outputs = await this.#session.run({ [name]: joined(all) }, this.#fetches);
    const parts = tensors.map((): Record<string, Tensor> => ({}));
    for (const [output, tensor] of Object.entries(outputs)) {
      if (tensor.dims[0] !== size) {
        const received = tensor.dims.join(' × ');
        throw rangeError(
          '--batch-size',
          `an output ${output} of ${size} parts`,
          received,
          'ERR_INVALID_SHAPE',
        );
      }
      for (const [i, part] of parts.entries()) part[output] = partOf(tensor, i);
    }
    return parts;
  }

  finish({ name, file, placement }: ReadItem, outputs: Record<string, Tensor>): Promise<TaskResult> {
    const input = { file, what: JSON.stringify(name), ...(placement && { placement }) };
    return finish(this.#settings.task, input, outputs);
  }
}

function joined(tensors: readonly Tensor[]): Tensor {
  const [{ type, size, dims }] = tensors as [Tensor];
  const data = allocate(type, size * tensors.length) as Float32Array;
  for (const [i, tensor] of tensors.entries()) data.set(tensor.data as Float32Array, i * size);
  return new Tensor(type, data, [tensors.length, ...dims.slice(1)]);
}

function partOf({ type, data, dims }: Tensor, index: number): Tensor {
  const [count, ...rest] = dims as [number, ...number[]];
  const size = data.length / count;
  const part = (data as Float32Array).slice(index * size, (index + 1) * size);
  return new Tensor(type, part, [1, ...rest]);
}
