import { rangeError } from '@zeroskip/tensor';
import type { FileOutcome } from '../batch/outcome.ts';
import type { PipelineOptions } from '../pipeline/pipeline.ts';
import type { Entry } from '../storage/storage.ts';

/**
 * The name of a queue.
 * @throws with code `ERR_INVALID_ARGUMENT` for one that BullMQ does not take
 */
export function queueName(name = 'zeroskip'): string {
  if (name === '' || name.includes(':')) throw rangeError('--queue-name', 'a name without a colon', name);
  return name;
}

/** What a job's results depend on; every machine finds the same files by the same paths. */
export interface JobSettings
  extends Pick<PipelineOptions, 'followLinks' | 'algorithm' | 'accuracy' | 'preparation' | 'shape' | 'task'> {
  readonly model: string;
  /** Of the model, which another machine may have another version of. */
  readonly modelSha256: string;
  /** The path of a plan. */
  readonly plan?: string;
  readonly batchSize: number;
}

/** A job: some files of a run. */
export interface JobData {
  /** The run's, by all that its results depend on and where they go. */
  readonly run: string;
  readonly settings: JobSettings;
  readonly inputs: string;
  readonly output: string;
  /** Files that are not done. */
  readonly todo: readonly Entry[];
  /** What became of the others. */
  readonly outcomes: readonly FileOutcome[];
}

/** What a job returns: an outcome for each of its files. */
export type JobResult = readonly FileOutcome[];
