import { bytesText, type FuzzTarget, jsonBytes, places } from './target.ts';

/** Trials of one minimisation; each takes a process of its own. */
const MAX_TRIALS = 300;

function* withoutBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < bytes.length; at += size) {
      yield Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + size));
    }
  }
}

function* withoutPlaces(bytes: Uint8Array): Generator<Uint8Array> {
  let json: unknown;
  try {
    json = JSON.parse(bytesText(bytes));
  } catch {
    yield* withoutBytes(bytes);
    return;
  }
  for (let i = 0; i < places(json).length; i++) {
    const copy = structuredClone(json);
    const [holder, key] = places(copy)[i]!;
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
    yield jsonBytes(copy);
  }
}

/** The smallest input found for which `isSame` still holds. */
export async function minimise(
  target: FuzzTarget,
  input: Uint8Array,
  isSame: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  let trials = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of target.shape === 'bytes' ? withoutBytes(best) : withoutPlaces(best)) {
      if (++trials > MAX_TRIALS) return best;
      if (candidate.length >= best.length || !(await isSame(candidate))) continue;
      best = candidate;
      isSmaller = true;
      break;
    }
  }
  return best;
}
