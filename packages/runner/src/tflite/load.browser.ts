import type { ModelFormat } from '../model/model-format.ts';

/** Loads what reads such models first: a page that runs others does without. */
export const parseTensorFlowLite: ModelFormat['parse'] = async (...args) =>
  (await import('./parse.ts')).parseTensorFlowLite(...args);
