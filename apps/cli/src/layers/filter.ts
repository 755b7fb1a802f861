import { rangeError } from '@zeroskip/tensor';

/** Whether a name contains `text`, in which each `*` stands for any characters. */
export function nameFilter(text: string): (name: string) => boolean {
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(parts.join('.*'));
  return (name) => pattern.test(name);
}

/**
 * The items that `--layers` chooses; all without a text.
 * @throws with code `ERR_INVALID_ARGUMENT` when there are none
 */
export function chosenLayers<T extends { readonly name: string }>(
  text: string | true,
  items: readonly T[],
): T[] {
  if (text === true) return [...items];
  const matches = nameFilter(text);
  const chosen = items.filter(({ name }) => matches(name));
  if (chosen.length === 0) throw rangeError('--layers', 'a part of the name of a convolution', text);
  return chosen;
}
