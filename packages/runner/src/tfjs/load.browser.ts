import type { ModelFormat } from '../model/model-format.ts';

/** Loads what reads such models first: a page that runs others does without. */
export const parseTensorFlowJs: ModelFormat['parse'] = async (...args) =>
  (await import('./parse.ts')).parseTensorFlowJs(...args);
