import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

export const environment = {
  ...process.env,
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
};

/** Ends a script with one sentence. */
export class SetupError extends Error {}

/** Runs a program with its output shown, and returns its exit status. */
export function show(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment,
    ...options,
  });
  if (error) throw new SetupError(`${command} cannot be started: ${error.message}`);
  if (signal) console.error(`${command} was ended by ${signal}.`);
  return status ?? 1;
}

/** Runs a program and returns its output, or undefined when it cannot be started or fails. */
export function ask(command, args, options = {}) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: environment,
    ...options,
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a long program with its output kept back, which is shown only when it fails. */
export function quietly(doing, command, args, options = {}) {
  console.log(`${doing} …`);
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
    env: { ...environment, ...options.env },
  });
  if (status === 0) return;
  console.error(`${stdout ?? ''}${stderr ?? ''}`);
  throw new SetupError(
    `${doing} failed: ${error?.message ?? `${command} ${args.join(' ')} ended with status ${status}`}.`,
  );
}

/** The command and first arguments that run pnpm in the version that package.json names. */
export function pnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version = packageManager.replace(/^pnpm@/, '').replace(/\+.*$/, '');
  return ask('pnpm', ['--version']) === version
    ? ['pnpm']
    : ['npm', 'exec', '--yes', `--package=pnpm@${version}`, '--', 'pnpm'];
}

/** Runs the body of a script; a SetupError ends it with its sentence and status 1. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
