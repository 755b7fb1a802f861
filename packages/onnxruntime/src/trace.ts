import { env } from './env.ts';

function isOn(): boolean {
  return Boolean(env.trace ?? env.wasm.trace);
}

/** The function that called the one that calls this. */
function callerName(): string {
  return new Error().stack?.split('\n')[4]?.trim().split(' ')[1] ?? '';
}

function traceFunction(what: 'BEGIN' | 'END', extra: string | undefined): void {
  if (!isOn()) return;
  TRACE('CPU', [`FUNC_${what}`, callerName(), ...(extra ? [extra] : [])].join('::'));
}

/** Puts a mark into the developer tools' timeline, where tracing is on. */
export function TRACE(deviceType: string, label: string): void {
  if (isOn()) console.timeStamp(`${deviceType}::ORT::${label}`);
}

/** Marks the beginning of the calling function. */
export function TRACE_FUNC_BEGIN(extra?: string): void {
  traceFunction('BEGIN', extra);
}

/** Marks the end of the calling function. */
export function TRACE_FUNC_END(extra?: string): void {
  traceFunction('END', extra);
}

/** Starts a timer of that name, where tracing is on. */
export function TRACE_EVENT_BEGIN(extra?: string): void {
  if (isOn()) console.time(`ORT::${extra}`);
}

/** Ends a timer, which prints what it took. */
export function TRACE_EVENT_END(extra?: string): void {
  if (isOn()) console.timeEnd(`ORT::${extra}`);
}
