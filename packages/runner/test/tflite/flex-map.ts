const INT = 1;
const FLOAT = 3;
const MAP = 9;
const BOOL = 26;
/** log2 of the four bytes that everything takes. */
const WIDTH = 2;

const kindOf = (value: number | boolean) => {
  if (typeof value === 'boolean') return BOOL;
  return Number.isInteger(value) ? INT : FLOAT;
};

/** A map of FlexBuffers; numbers that are whole are integers in it. */
export function flexMap(values: Readonly<Record<string, number | boolean>>): Uint8Array {
  const bytes: number[] = [];
  const push = (value: number, isFloat = false) => {
    const list = isFloat ? Float32Array.of(value) : Int32Array.of(value);
    bytes.push(...new Uint8Array(list.buffer));
  };
  const align = () => {
    while (bytes.length % 4 !== 0) bytes.push(0);
  };
  const keys = Object.keys(values).sort();
  const places = keys.map((key) => {
    const at = bytes.length;
    bytes.push(...new TextEncoder().encode(key), 0);
    return at;
  });
  align();
  push(keys.length);
  const keysAt = bytes.length;
  for (const place of places) push(bytes.length - place);
  push(bytes.length - keysAt);
  push(4);
  push(keys.length);
  const valuesAt = bytes.length;
  for (const key of keys) push(Number(values[key]), kindOf(values[key]!) === FLOAT);
  for (const key of keys) bytes.push((kindOf(values[key]!) << 2) | WIDTH);
  align();
  push(bytes.length - valuesAt);
  bytes.push((MAP << 2) | WIDTH, 4);
  return Uint8Array.from(bytes);
}
