import { type ActivationMap, format, toBytes } from '@zeroskip/formats';
import { type EdgeCase, seededMap } from '@zeroskip/test-utils';
import { nativeFormat } from '../src/index.ts';
import { failed, passed, type Verdict } from './conformance.ts';

function firstMap(edgeCase: EdgeCase): ActivationMap {
  const [height, width] = edgeCase.input;
  const channels = edgeCase.spec.inChannels;
  return { channels, height, width, data: seededMap(edgeCase).slice(0, channels * height * width) };
}

/** The first map of a case is encoded to the bytes of the TypeScript encoder, and decoded to the same values. */
export function formatConformance(edgeCase: EdgeCase, id: string): Verdict {
  const map = firstMap(edgeCase);
  const expected = format(id).encode(map, edgeCase.spec);
  const encoded = nativeFormat(id).encode(map, edgeCase.spec);
  if (Buffer.compare(toBytes(encoded), toBytes(expected)) !== 0) {
    return failed('Expected the bytes of the TypeScript encoder, received others.');
  }
  const bits = ({ data }: ActivationMap) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const same = bits(nativeFormat(id).decode(encoded)).equals(bits(format(id).decode(expected)));
  return same ? passed : failed('Expected the values of the TypeScript decoder, received others.');
}
