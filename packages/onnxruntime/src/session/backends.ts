import { typeError } from '@zeroskip/tensor';
import { refusal } from '../refusal.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { HandlerFactory } from './handler.ts';
import type { SessionSettings } from './options.ts';

type Backend = HandlerFactory<Tensor>;

interface Entry {
  readonly backend: Backend;
  readonly priority: number;
  /** Why it cannot be used, once that is known; undefined where it can. */
  ready?: Promise<string | undefined>;
}

const entries = new Map<string, Entry>();

/**
 * Registers what executes sessions for an execution provider's name.
 * @param priority of two for one name the higher one stays; those below 0 are used only where options name them
 */
export function registerBackend(name: string, backend: Backend, priority: number): void {
  const { init, createInferenceSessionHandler } = (backend ?? {}) as Partial<Backend>;
  if (typeof init !== 'function' || typeof createInferenceSessionHandler !== 'function')
    throw typeError('backend', 'an object with init and createInferenceSessionHandler', backend);
  const present = entries.get(name);
  if (present && present.priority > priority) return;
  if (present?.priority === priority) {
    if (present.backend === backend) return;
    throw refusal(`the priority of backend ${name}`, 'another than that of the one there', priority);
  }
  entries.set(name, { backend, priority });
}

/** What can be given to `executionProviders`. */
export function registeredBackends(): string[] {
  return [...entries.keys()];
}

/** Why the backend cannot be used; undefined where it can. */
async function problem(name: string): Promise<string | undefined> {
  const entry = entries.get(name);
  if (!entry) return 'backend not found';
  entry.ready ??= entry.backend.init(name).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  return entry.ready;
}

const nameOf = (provider: string | { readonly name: string }) =>
  typeof provider === 'string' ? provider : provider.name;

/** The backend for the providers that `options` name, and the options with only those of them that it executes. */
export async function resolveBackend(options: SessionSettings): Promise<[Backend, SessionSettings]> {
  const providers = options.executionProviders ?? [];
  if (!Array.isArray(providers)) throw typeError('executionProviders', 'an array', providers);
  const usual = [...entries].filter(([, { priority }]) => priority >= 0);
  const byPriority = usual.sort(([, a], [, b]) => b.priority - a.priority).map(([name]) => name);
  const names = providers.length > 0 ? providers.map(nameOf) : byPriority;
  const problems = new Map<string, string>();
  let backend: Backend | undefined;
  const taken = new Set<string>();
  for (const name of names) {
    const reason = await problem(name);
    const found = entries.get(name)?.backend;
    if (reason !== undefined) problems.set(name, reason);
    else if (backend === undefined || backend === found) {
      backend = found;
      taken.add(name);
    }
  }
  if (!backend) {
    const received = [...problems].map(([name, reason]) => `[${name}] ${reason}`).join(', ');
    throw refusal('executionProviders', `one of ${registeredBackends().join(', ')}`, received);
  }
  if (providers.length > 0) {
    for (const [name, reason] of problems)
      console.warn(
        `The execution provider ${JSON.stringify(name)} is left out, as it is not available: ${reason}.`,
      );
  }
  const executionProviders = providers.filter((provider) => taken.has(nameOf(provider)));
  return [backend, { ...options, executionProviders }];
}
