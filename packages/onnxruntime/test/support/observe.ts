import type * as ours from '../../src/index.ts';

export type Api = Omit<typeof ours, 'default' | 'listSupportedBackends'>;

/** Something that both packages are asked, by name. */
export type Probes = Readonly<Record<string, (ort: Api) => unknown>>;

const builtIns = { TypeError, RangeError, SyntaxError };

/** The most specific class of an error that users tell apart. */
function kindOf(error: unknown): string {
  const found = Object.entries(builtIns).find(([, Class]) => error instanceof Class);
  if (found) return found[0];
  return error instanceof Error ? 'Error' : `no error: ${typeof error}`;
}

/** A value as plain data that tells classes of arrays apart. */
function plain(value: unknown, ort: Api): unknown {
  if (value instanceof (ort.Tensor as never as new () => object)) {
    const { type, dims, size, location } = value as ours.Tensor;
    const held = location === 'cpu' || location === 'cpu-pinned';
    const keys = Object.keys(value).filter((key) => key !== 'data');
    return {
      Tensor: { type, dims, size, location, keys, data: held && plain((value as ours.Tensor).data, ort) },
    };
  }
  if (ArrayBuffer.isView(value)) return { [value.constructor.name]: Array.from(value as never, String) };
  if (Array.isArray(value)) return value.map((each) => plain(each, ort));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each, ort)]));
  return value;
}

/** What a package does when it is asked: what it gives, or the kind of error that it throws. */
export async function observe(probe: (ort: Api) => unknown, ort: Api): Promise<unknown> {
  try {
    return { gives: plain(await probe(ort), ort) };
  } catch (error) {
    return { throws: kindOf(error) };
  }
}
