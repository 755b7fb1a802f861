import { describe } from '@zeroskip/tensor';
import { refusal } from './refusal.ts';

/** Whether a string is a URL of a kind that is fetched; `C:\net.onnx` is a path. */
export function isUrl(text: string): boolean {
  return /^(https?|data|blob):/i.test(text);
}

/** The bytes that a URL leads to. @throws with code `ERR_FILE` */
export async function fetchedBytes(url: string): Promise<Uint8Array> {
  const refuse = (received: string, cause?: unknown) =>
    refusal(describe(url), 'a file', received, { code: 'ERR_FILE', cause });
  const response = await fetch(url).catch((cause: unknown) => {
    throw refuse('no answer', cause);
  });
  if (!response.ok) throw refuse(`status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
