import { writeWhole } from '@zeroskip/batch';

/** A model's file, as reports name it. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}

/** How the files of a model are read. */
export interface ModelOptions {
  readonly followLinks?: boolean;
}

/** Writes what a report holds; nothing without a path. */
export async function writeJson(path: string | undefined, report: object): Promise<void> {
  if (path !== undefined) await writeWhole('--json', path, `${JSON.stringify(report, null, 2)}\n`);
}
