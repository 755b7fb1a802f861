import { bytesOf, rangeError, typeError } from '@zeroskip/tensor';

/** The bytes of a stream. @throws `RangeError` as soon as there are more than `most` */
export async function collected(stream: unknown, most: number, what: string): Promise<Uint8Array> {
  const reader = (stream as ReadableStream<unknown> | null | undefined)?.getReader?.();
  if (reader === undefined) throw typeError(what, 'a ReadableStream', stream);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const bytes = bytesOf(part.value);
    if (bytes === undefined) throw typeError(`a part of ${what}`, 'bytes', part.value);
    size += bytes.length;
    if (size > most) {
      await reader.cancel();
      throw rangeError(`the size of ${what}`, `at most ${most} bytes`, size, 'ERR_LIMIT_EXCEEDED');
    }
    parts.push(bytes);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
