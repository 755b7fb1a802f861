/** Text to be joined; false or undefined where it does not apply. */
export type Part = string | readonly string[] | false | undefined;

/** The parts that apply. */
export function lines(...parts: readonly Part[]): string[] {
  return parts.flatMap((part) => (part === false || part === undefined ? [] : part));
}
