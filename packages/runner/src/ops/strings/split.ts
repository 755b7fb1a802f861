import { checkBytes, type NodeView, OWN_DOMAIN, PART_BYTES, partOf, strings } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import type { Routine } from '../common/operator.ts';
import { tensorOf } from '../common/pieces.ts';

/** Where the pieces of a string begin and end: between delimiters; every byte where there are none. */
function pieces(text: Uint8Array, delimiters: ReadonlySet<number>, skipsEmpty: boolean): [number, number][] {
  if (delimiters.size === 0) return Array.from(text, (_, at) => [at, at + 1]);
  const found: [number, number][] = [];
  let begin = 0;
  for (let at = 0; at <= text.length && text.length > 0; at++) {
    if (at < text.length && !delimiters.has(text[at]!)) continue;
    if (at > begin || !skipsEmpty) found.push([begin, at]);
    begin = at + 1;
  }
  return found;
}

/**
 * The pieces of strings between the bytes of the third operand: the row and column of each, the pieces, and how many
 * rows and columns there are.
 */
export const stringSplit: Routine = {
  opType: 'StringSplit',
  domain: OWN_DOMAIN,
  inputs: [3, 3],
  outputs: [3, 3],
  types: [['uint8'], ['int64'], ['int64']],
  run(node, inputs, { limits }) {
    const [bytes, parts, delimiter] = [0, 1, 2].map((index) => tensorOf(node, index, inputs[index])) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const delimiters = new Set(strings(bytes, delimiter)[0] ?? []);
    const skipsEmpty = node.flag('skip_empty', true);
    const all = partsOf(node, bytes, parts);
    const most = all.reduce((sum, { text }) => sum + text.length + 1, 0);
    checkBytes(node, most * 3 * PART_BYTES, limits);
    const places: bigint[] = [];
    const found: bigint[] = [];
    let columns = 0;
    for (const [row, { text, begin }] of all.entries()) {
      const own = pieces(text, delimiters, skipsEmpty);
      columns = Math.max(columns, own.length);
      for (const [column, [from, to]] of own.entries()) {
        places.push(BigInt(row), BigInt(column));
        found.push(partOf(begin + from, to - from));
      }
    }
    return [
      new Tensor('int64', BigInt64Array.from(places), [found.length, 2]),
      new Tensor('int64', BigInt64Array.from(found), [found.length]),
      new Tensor('int64', [BigInt(all.length), BigInt(columns)], [2]),
    ];
  },
};

function partsOf(node: NodeView, bytes: Tensor, parts: Tensor) {
  if (parts.dims.length !== 1) {
    throw node.error('rank of input 1', '1', parts.dims.length, 'ERR_INVALID_SHAPE');
  }
  const origin = (bytes.data as Uint8Array).byteOffset;
  return strings(bytes, parts).map((text) => ({ text, begin: text.byteOffset - origin }));
}
