import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { targets } from '@zeroskip/kernels';
import type { Machine } from '@zeroskip/selector';
import { version } from './version.ts';

/** What figures depend on, and what else a reader wants to know of where they were taken. */
export interface Environment extends Machine {
  readonly os: string;
  readonly arch: string;
  /** Logical processors of the host, and those that this process may use. */
  readonly processors: number;
  readonly availableParallelism: number;
  readonly memoryBytes: number;
  readonly zeroskip: string;
}

/** Versions of other engines, by name. */
export interface EngineVersions {
  readonly peers: Readonly<Record<string, string>>;
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

export function environment(threads: number): Environment {
  return {
    ...thisMachine(threads),
    os: `${process.platform} ${release()}`,
    arch: process.arch,
    processors: cpus().length,
    availableParallelism: availableParallelism(),
    memoryBytes: totalmem(),
    zeroskip: version,
  };
}
