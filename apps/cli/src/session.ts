import { InferenceSession, type SessionOptions } from '@zeroskip/runner';
import { checkPlan, type Plan, readPlan } from '@zeroskip/selector';
import { readBytes } from './files.ts';
import { thisMachine } from './machine.ts';
import type { Terminal } from './terminal.ts';

/** Loads a network, with a progress bar. */
export async function openSession(
  model: string,
  label: string,
  options: Omit<SessionOptions, 'onProgress'>,
  terminal: Terminal,
): Promise<InferenceSession> {
  const progress = terminal.progress(`Loading ${label}`);
  try {
    return await InferenceSession.create(model, {
      ...options,
      onProgress: ({ stage, done, total }) => progress.update(done, total, stage),
    });
  } finally {
    progress.stop();
  }
}

/** Reads a plan, refuses one of another model, and warns of one of another machine. */
export async function openPlan(
  path: string,
  sha256: string,
  threads: number,
  terminal: Terminal,
): Promise<Plan> {
  const plan = readPlan((await readBytes('--plan', path)).toString('utf8'));
  const warning = checkPlan(plan, sha256, thisMachine(threads));
  if (warning !== undefined) terminal.warn(`Warning: ${warning}`);
  return plan;
}
