import { readPlan } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import { hashModel, readBytes } from '../files.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { JobSettings } from './jobs.ts';

interface Open {
  readonly pipeline: Promise<Pipeline>;
  users: number;
}

/** Networks that jobs use; one that none uses stays until another is asked for. */
export class Pipelines {
  readonly #cores: number;
  readonly #open = new Map<string, Open>();

  constructor(cores: number) {
    this.#cores = cores;
  }

  /** Lets a job use the pipeline of its settings. */
  async use<T>(settings: JobSettings, work: (pipeline: Pipeline) => Promise<T>): Promise<T> {
    const key = JSON.stringify(settings);
    for (const [other, { users }] of this.#open) if (other !== key && users === 0) await this.#close(other);
    const open = this.#open.get(key) ?? { pipeline: this.#create(settings), users: 0 };
    this.#open.set(key, open);
    open.users++;
    try {
      return await work(await open.pipeline);
    } catch (error) {
      // A network that cannot be loaded may be there the next time.
      const isLoaded = await open.pipeline.then(
        () => true,
        () => false,
      );
      if (!isLoaded) this.#open.delete(key);
      throw error;
    } finally {
      open.users--;
    }
  }

  async #create({ model, modelSha256, plan, ...options }: JobSettings): Promise<Pipeline> {
    const sha256 = await hashModel(model, options);
    if (sha256 !== modelSha256) {
      throw rangeError(
        `the model ${model} on this machine`,
        `SHA-256 ${modelSha256}`,
        sha256,
        'ERR_INVALID_MODEL',
      );
    }
    const text = plan && (await readBytes('--plan', plan)).toString('utf8');
    return Pipeline.create({
      model,
      ...options,
      ...(text && { plan: readPlan(text) }),
      cores: this.#cores,
      workers: this.#cores,
    });
  }

  async #close(key: string): Promise<void> {
    const open = this.#open.get(key);
    this.#open.delete(key);
    const pipeline = await open?.pipeline.catch(() => undefined);
    await pipeline?.close();
  }

  async close(): Promise<void> {
    for (const key of [...this.#open.keys()]) await this.#close(key);
  }
}
