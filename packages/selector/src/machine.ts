/** What times depend on. */
export interface Machine {
  /** As the operating system names it. */
  readonly cpu: string;
  /** Instruction set in use, by the name of the kernels' target. */
  readonly target: string;
  readonly threads: number;
  /** Version of Node.js, without "v". */
  readonly node: string;
}

export interface MachineDifference {
  readonly field: keyof Machine;
  readonly there: string | number;
  readonly here: string | number;
}

const FIELDS = ['cpu', 'target', 'threads', 'node'] as const satisfies readonly (keyof Machine)[];

/** The fields in which two machines differ. */
export function machineDifferences(there: Machine, here: Machine): MachineDifference[] {
  return FIELDS.filter((field) => there[field] !== here[field]).map((field) => ({
    field,
    there: there[field],
    here: here[field],
  }));
}
