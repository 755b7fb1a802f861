import type { MachineRates } from '@zeroskip/kernels';
import type { Comparison } from '../../layers/comparison.ts';
import type { EngineVersions, Environment, Origin } from '../../machine.ts';
import { BASELINE, zeroskipName } from '../../trial/contender.ts';
import type { Samples } from '../../trial/trial.ts';
import type { Verification } from '../../trial/verification.ts';
import type { Claims } from './claims.ts';
import type { LayerRow } from './rows.ts';

/** A contender's times of the whole network, in milliseconds. */
export type Timed = Readonly<Pick<Samples, 'name' | 'threads'>> & { readonly samplesMs: readonly number[] };

/** What `zeroskip bench --json` writes. Times are in milliseconds. */
export interface BenchReport extends Origin {
  readonly environment: Environment & EngineVersions;
  /** In the order of the table; the raw samples, in the order in which they were taken. */
  readonly contenders: readonly (Timed & {
    /** Times this contender again, beside im2col. */
    readonly command: string;
  })[];
  /** The contender whose choices `layers` shows. */
  readonly subject: string;
  /** Whether Ctrl-C ended the timing early. */
  readonly interrupted: boolean;
  readonly layers: readonly LayerRow[];
  /** What the subject did beside its convolutions, copying inputs and outputs included; one value per sample. */
  readonly restMs: readonly number[];
  /** Absent for a network of pointwise and grouped convolutions only. */
  readonly claims?: Claims;
  /** With `--layers`: raw samples of each layer by every contender. */
  readonly comparison?: Comparison;
  /** With `--html`: what the machine can do at most, on as many threads. */
  readonly roofs?: MachineRates;
  readonly verification: readonly Verification[];
}

/** What the others are compared with. */
export function referenceNames({ contenders, environment }: BenchReport): string[] {
  const names = [...new Set(contenders.map(({ name }) => name))];
  return names.filter((name) => name === zeroskipName(BASELINE) || Object.hasOwn(environment.peers, name));
}
