import { defaultLimits } from '@zeroskip/runner';
import { describe, typeError, unexpected } from '@zeroskip/tensor';
import { assertArtifacts, type ModelArtifacts, weightBudget, weightEntries } from './artifacts.ts';
import { Budget, collected } from './bytes.ts';
import type { LoadOptions } from './load-options.ts';

interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly unknown[];
}

/** What is read of a response: a web stream where it has one. */
async function bodyOf(response: Response, budget: Budget, what: string): Promise<Uint8Array> {
  if (typeof response.body?.getReader === 'function') return collected(response.body, budget, what);
  const bytes = new Uint8Array(await response.arrayBuffer());
  budget.take(bytes.length, what);
  return bytes;
}

async function fetchedBytes(
  url: string,
  { fetchFunc, requestInit }: LoadOptions,
  budget: Budget,
): Promise<Uint8Array> {
  const refuse = (received: string, cause?: unknown) =>
    unexpected('ERR_FILE', describe(url), 'a file that can be fetched', received, cause);
  const send = fetchFunc ?? fetch;
  let response: Response;
  try {
    response = await send(url, requestInit);
  } catch (cause) {
    throw refuse((cause as Error | undefined)?.message ?? 'no answer', cause);
  }
  if (!response?.ok) throw refuse(`status ${response?.status}`);
  return bodyOf(response, budget, describe(url));
}

function parsed(bytes: Uint8Array, url: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unexpected('ERR_INVALID_MODEL', describe(url), 'JSON in UTF-8', (cause as Error).message, cause);
  }
  if (typeof json === 'object' && json !== null) return json as Readonly<Record<string, unknown>>;
  throw typeError(describe(url), 'the object of a model.json', json, 'ERR_INVALID_MODEL');
}

function groupsOf(manifest: unknown): readonly WeightGroup[] {
  const isManifest =
    Array.isArray(manifest) &&
    manifest.every(
      (group) =>
        Array.isArray(group?.weights) &&
        Array.isArray(group?.paths) &&
        group.paths.every((path: unknown) => typeof path === 'string'),
    );
  if (manifest === undefined || manifest === null) return [];
  if (!isManifest) {
    throw typeError(
      'weightsManifest of the model',
      'groups of paths and weights',
      manifest,
      'ERR_INVALID_MODEL',
    );
  }
  return manifest;
}

/** What stands before and behind the name of a file beside the one at `url`. */
function besides(url: string): [string, string] {
  const slash = url.lastIndexOf('/');
  const query = url.lastIndexOf('?');
  return [url.slice(0, slash + 1), query > slash ? url.slice(query) : ''];
}

async function weightUrls(
  groups: readonly WeightGroup[],
  url: string,
  { weightPathPrefix, weightUrlConverter }: LoadOptions,
): Promise<string[]> {
  const paths = groups.flatMap((group) => group.paths);
  if (weightUrlConverter) return Promise.all(paths.map((path) => weightUrlConverter(path)));
  const [prefix, suffix] = besides(url);
  return paths.map((path) => `${weightPathPrefix || prefix}${path}${suffix}`);
}

/** Fetches `model.json` and the weights that it names. @throws errors with codes `ERR_FILE`, `ERR_INVALID_MODEL` */
export async function fetchedArtifacts(url: string, options: LoadOptions): Promise<ModelArtifacts> {
  const { weightsManifest, ...json } = parsed(
    await fetchedBytes(url, options, new Budget(defaultLimits.maxFileBytes)),
    url,
  );
  assertArtifacts(json);
  const groups = groupsOf(weightsManifest);
  const weightSpecs = weightEntries(groups.flatMap(({ weights }) => weights));
  const budget = weightBudget(weightSpecs);
  const urls = await weightUrls(groups, url, options);
  let done = 0;
  options.onProgress?.(0);
  const parts = await Promise.all(
    urls.map(async (each) => {
      const bytes = await fetchedBytes(each, options, budget);
      options.onProgress?.(++done / urls.length);
      return bytes;
    }),
  );
  return { ...json, weightSpecs: [...weightSpecs], weightData: parts as unknown as ArrayBuffer[] };
}
