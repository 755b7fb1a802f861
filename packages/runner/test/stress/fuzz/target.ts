/** One kind of input that strangers supply, and what reads it. */
export interface FuzzTarget {
  readonly name: string;
  /** Whether inputs that reach new code are kept and changed further. */
  readonly guided: boolean;
  /** Whether every input is valid, so that a refusal is a fault, too. */
  readonly isValid?: true;
  /** Inputs in `npm test`, 2000 unless told. */
  readonly shortRuns?: number;
  /** Valid inputs to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** An input from one that was kept, and perhaps parts of another. */
  mutate(parent: Uint8Array, other: Uint8Array, random: () => number): Uint8Array;
  /** Inputs with one part less, and no more bytes; those with fewer bytes unless told. */
  simpler?(input: Uint8Array): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Takes the input; throws a coded error to refuse it, and any other error for a fault of ours. */
  attempt(input: Uint8Array): Promise<void>;
}

export type Random = () => number;

export function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)]!;
}

const refusals =
  /^ERR_(INVALID_(ARGUMENT|SHAPE|TYPE|MODEL|FORMAT|PLAN)|LIMIT_EXCEEDED|UNSUPPORTED_(OPERATOR|TYPE)|UNKNOWN_ALGORITHM|REFUSED|FILE)$/;

/** `accepted`, or the code of the refusal. @throws what is neither */
export async function outcomeOf(target: FuzzTarget, input: Uint8Array): Promise<string> {
  try {
    await target.attempt(input);
    return 'accepted';
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (target.isValid || code === undefined || !refusals.test(code)) throw error;
    if (
      !/Expected .+, received |Algorithm \w+ refuses .+: |Unknown algorithm .*; the algorithms are /s.test(
        message ?? '',
      )
    )
      throw error;
    return code;
  }
}

/** Changes a few bytes, cuts, repeats, or splices in part of another input. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  for (let edits = 1 + Math.floor(random() * 4); edits > 0; edits--) {
    const at = Math.floor(random() * changed.length);
    const from = Math.floor(random() * other.length);
    const part = other.subarray(from, from + Math.floor(random() * 32));
    switch (Math.floor(random() * 7)) {
      case 0:
        changed[at]! ^= 1 << Math.floor(random() * 8);
        break;
      case 1:
        changed[at] = Math.floor(random() * 256);
        break;
      case 2:
        changed[at] = pick([0, 1, 0x7f, 0x80, 0xff], random);
        break;
      case 3:
        changed = changed.slice(0, at);
        break;
      case 4:
        changed = Uint8Array.of(...changed.subarray(0, at), ...part, ...changed.subarray(at));
        break;
      case 5:
        changed = Uint8Array.of(
          ...changed.subarray(0, at),
          ...changed.subarray(at + Math.floor(random() * 16)),
        );
        break;
      default:
        changed.set(part.subarray(0, changed.length - at), at);
    }
    if (changed.length === 0) break;
  }
  return changed;
}

type Json = Record<string, unknown>;

/** Every place of a JSON value: what holds it, and its key. */
function places(value: unknown, found: [Json, string][] = []): [Json, string][] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push([value as Json, key]);
    places((value as Json)[key], found);
  }
  return found;
}

const text = { encoder: new TextEncoder(), decoder: new TextDecoder() };

export const jsonBytes = (value: unknown) => text.encoder.encode(JSON.stringify(value));
export const bytesText = (bytes: Uint8Array) => text.decoder.decode(bytes);

/** Changes one to three places of a JSON text, and its bytes once in ten times. */
export function mutateJson(
  bytes: Uint8Array,
  other: Uint8Array,
  others: readonly unknown[],
  random: Random,
): Uint8Array {
  let json: unknown;
  try {
    json = JSON.parse(bytesText(bytes));
  } catch {
    return mutateBytes(bytes, other, random);
  }
  if (random() < 0.1 || places(json).length === 0) return mutateBytes(bytes, other, random);
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const all = places(json);
    if (all.length === 0) break;
    mutatePlace(all, others, random);
  }
  return jsonBytes(json);
}

/** The JSON without one of its places, each in turn. */
export function* withoutPlaces(bytes: Uint8Array): Generator<Uint8Array> {
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

/** The bytes without a part, the largest parts first. */
export function* withoutBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < bytes.length; at += size) {
      yield Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + size));
    }
  }
}

function assign(holder: Json, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function mutatePlace(all: readonly [Json, string][], others: readonly unknown[], random: Random): void {
  const [holder, key] = pick(all, random);
  const value = holder[key];
  const [other, name] = pick(all, random);
  switch (Math.floor(random() * 5)) {
    case 0:
      assign(holder, key, structuredClone(pick(others, random)));
      break;
    case 1:
      assign(holder, key, structuredClone(other[name]));
      break;
    case 2:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 3:
      if (Array.isArray(holder)) holder.push(structuredClone(value));
      else assign(holder, pick(['__proto__', 'constructor', name], random), structuredClone(value));
      break;
    default:
      if (typeof value === 'number') holder[key] = value + pick([1, -1, 0.5, 2 ** 32, -value, value], random);
      else if (Array.isArray(value))
        holder[key] = random() < 0.5 ? value.slice(1) : [...value, structuredClone(pick(others, random))];
      else assign(holder, key, structuredClone(pick(others, random)));
  }
}
