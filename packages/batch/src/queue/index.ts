export type { JobData, JobResult, JobSettings } from './jobs.ts';
export { batchByQueue, type QueueOptions } from './produce.ts';
export { type QueueWorker, startWorker, type WorkerOptions } from './work.ts';
