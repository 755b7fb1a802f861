interface Classes {
  Float32Array: Float32Array;
  Float64Array: Float64Array;
  Int8Array: Int8Array;
  Uint8Array: Uint8Array;
  Int16Array: Int16Array;
  Uint16Array: Uint16Array;
  Int32Array: Int32Array;
  Uint32Array: Uint32Array;
  BigInt64Array: BigInt64Array;
  BigUint64Array: BigUint64Array;
}

const tag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!
  .get!;

/** The name of a typed array's class, subclasses and arrays of other realms included; undefined for other values. */
export function typedArrayName(value: unknown): string | undefined {
  return tag.call(value) as string | undefined;
}

/**
 * Whether `value` is a typed array of the class of that name, of any realm: test runners (Jest) and `vm` have classes
 * of their own, which `instanceof` does not know.
 */
export function isTypedArray<N extends keyof Classes>(value: unknown, name: N): value is Classes[N] {
  return typedArrayName(value) === name;
}
