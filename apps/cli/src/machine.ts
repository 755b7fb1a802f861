import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { addonPath, type MachineRates, measureMachine, targets } from '@zeroskip/kernels';
import type { Machine } from '@zeroskip/selector';
import type { ModelFile } from './files.ts';
import { packageRoot, version } from './package.ts';
import { type Terminal, withProgress } from './terminal.ts';

/** What figures depend on, and what else a reader wants to know of where they were taken. */
export interface Environment extends Machine {
  readonly os: string;
  readonly arch: string;
  /** Logical processors of the host, and those that this process may use. */
  readonly processors: number;
  readonly availableParallelism: number;
  readonly memoryBytes: number;
  readonly zeroskip: string;
  /** Commit of the repository that this runs from; `null` for an installed package. */
  readonly commit: string | null;
  /** SHA-256 of the native addon. */
  readonly addonSha256: string;
  /** Processors that the process may run on, as Linux lists them; `null` elsewhere. */
  readonly affinity: string | null;
  /** Processors that the control group grants; `null` without a limit. */
  readonly cgroupProcessors: number | null;
}

/** Versions of other engines, by name. */
export interface EngineVersions {
  readonly peers: Readonly<Record<string, string>>;
}

/** Where figures were taken, and of what. */
export interface Origin {
  readonly environment: Environment & Partial<EngineVersions>;
  readonly model: ModelFile;
  /** Paths. */
  readonly inputs: readonly string[];
}

/** This machine, with the instruction set in use. */
export function thisMachine(threads: number): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    target: targets().find(({ selected }) => selected)?.name ?? 'unknown',
    threads,
    node: process.versions.node,
  };
}

/** The contents of a small system file; undefined where there is none. */
function systemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function cgroupProcessors(): number | null {
  const [quota, period] = systemFile('/sys/fs/cgroup/cpu.max')?.trim().split(' ').map(Number) ?? [];
  return quota !== undefined && period !== undefined && quota / period > 0 ? quota / period : null;
}

/** Of the sources, not of the folder that a user is in. */
function commit(): string | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--show-toplevel', 'HEAD'], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  const [top, head] = status === 0 ? stdout.trim().split('\n') : [];
  return top !== undefined && resolve(top, 'apps', 'cli') === packageRoot ? head! : null;
}

export function environment(threads: number): Environment {
  return {
    ...thisMachine(threads),
    os: `${process.platform} ${release()}`,
    arch: process.arch,
    processors: cpus().length,
    availableParallelism: availableParallelism(),
    memoryBytes: totalmem(),
    zeroskip: version,
    commit: commit(),
    addonSha256: createHash('sha256').update(readFileSync(addonPath())).digest('hex'),
    affinity: systemFile('/proc/self/status')?.match(/^Cpus_allowed_list:\s*(.+)$/m)?.[1] ?? null,
    cgroupProcessors: cgroupProcessors(),
  };
}

/** What the machine can do at most, on each number of threads. */
export function machineRates(threads: readonly number[], terminal: Terminal): Promise<MachineRates> {
  return withProgress(terminal, 'Measuring the machine', (onProgress) =>
    measureMachine({
      threads: [...threads],
      onProgress: ({ done, total, what }) => onProgress(done, total, what),
    }),
  );
}
