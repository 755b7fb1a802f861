/** The type of a global class where the user's libraries declare it (DOM, WebGPU), else `Fallback`. */
export type TryGetGlobalType<Name extends string, Fallback = unknown> = typeof globalThis extends {
  [name in Name]: { prototype: infer T };
}
  ? T
  : Fallback;
