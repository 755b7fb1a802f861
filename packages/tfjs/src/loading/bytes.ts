import { joined } from '@zeroskip/onnx';
import { bytesOf, rangeError, typeError } from '@zeroskip/tensor';

/** How many bytes may come, of one file or several together. */
export class Budget {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws `RangeError` where these are too many */
  take(bytes: number, what: string): void {
    this.#taken += bytes;
    if (this.#taken <= this.#most) return;
    const expected = `at most ${this.#most} bytes`;
    throw rangeError(`the size of ${what}`, expected, this.#taken, 'ERR_LIMIT_EXCEEDED');
  }
}

/** The bytes of a stream. @throws `RangeError` as soon as there are more than the budget allows */
export async function collected(stream: unknown, budget: Budget, what: string): Promise<Uint8Array> {
  const reader = (stream as ReadableStream<unknown> | null | undefined)?.getReader?.();
  if (reader === undefined) throw typeError(what, 'a ReadableStream', stream);
  const parts: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const bytes = bytesOf(part.value);
    try {
      if (bytes === undefined) throw typeError(`a part of ${what}`, 'bytes', part.value);
      budget.take(bytes.length, what);
    } catch (error) {
      await reader.cancel();
      throw error;
    }
    parts.push(bytes);
  }
  return joined(parts);
}
