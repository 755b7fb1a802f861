import { engine, engineNames } from './engine/engine.ts';
import { registerBackend, registeredBackends } from './session/backends.ts';

export { env } from './env.ts';
export { InferenceSession } from './session/session.ts';
export { Tensor } from './tensor/tensor.ts';
export { TRACE, TRACE_EVENT_BEGIN, TRACE_EVENT_END, TRACE_FUNC_BEGIN, TRACE_FUNC_END } from './trace.ts';
export { listSupportedBackends, registerBackend };

const PRIORITY = 100;

for (const name of engineNames) registerBackend(name, engine, PRIORITY);

/** The execution providers that there are. */
function listSupportedBackends(): { name: string; bundled: boolean }[] {
  return registeredBackends().map((name) => ({ name, bundled: engineNames.includes(name) }));
}
