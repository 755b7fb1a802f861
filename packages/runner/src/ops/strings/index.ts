import { checkBytes, OWN_DOMAIN, partOf, strings } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { broadcastDims, expand } from '../common/broadcast.ts';
import type { Operator, Routine } from '../common/operator.ts';
import { tensorOf } from '../common/pieces.ts';
import { filled } from '../common/results.ts';
import { fingerprint64 } from './fingerprint.ts';
import { stringNGrams } from './n-grams.ts';
import { stringSplit } from './split.ts';

/** Has a character of its own for each byte. */
const latin1 = new TextDecoder('latin1');

/** Strings along the last axis, each up to the zeros behind it. */
const stringRows: Operator = {
  opType: 'StringRows',
  domain: OWN_DOMAIN,
  inputs: [1, 1],
  types: [['uint8']],
  infer: (node) => [{ type: 'int64', dims: node.rankAtLeast(0, 1).slice(0, -1) }],
  evaluate(_node, [rows], [out]) {
    const width = rows!.dims.at(-1)!;
    const bytes = rows!.data as Uint8Array;
    return filled<BigInt64Array>(out!, (to) => {
      for (let i = 0; i < to.length; i++) {
        let end = (i + 1) * width;
        while (end > i * width && bytes[end - 1] === 0) end--;
        to[i] = partOf(i * width, end - i * width);
      }
    });
  },
};

/** The other way round: as wide as the longest string is. */
const stringsToRows: Routine = {
  opType: 'StringsToRows',
  domain: OWN_DOMAIN,
  inputs: [2, 2],
  types: [['uint8'], ['int64']],
  run(node, inputs, { limits }) {
    const parts = tensorOf(node, 1, inputs[1]);
    const texts = strings(tensorOf(node, 0, inputs[0]), parts);
    const width = texts.reduce((most, { length }) => Math.max(most, length), 0);
    checkBytes(node, texts.length * width, limits);
    const rows = new Uint8Array(texts.length * width);
    for (const [i, text] of texts.entries()) rows.set(text, i * width);
    return [new Tensor('uint8', rows, [...parts.dims, width])];
  },
};

const stringToHashBucket: Operator = {
  opType: 'StringToHashBucketFast',
  domain: OWN_DOMAIN,
  inputs: [2, 2],
  types: [['uint8'], ['int64']],
  infer(node) {
    const buckets = node.int('num_buckets');
    if (buckets < 1) throw node.error('attribute num_buckets', 'at least 1', buckets);
    return [{ type: 'int64', dims: node.input(1).dims }];
  },
  evaluate(node, [bytes, parts], [out]) {
    const buckets = BigInt(node.int('num_buckets'));
    return filled<BigInt64Array>(out!, (to) => {
      for (const [i, text] of strings(bytes!, parts!).entries()) to[i] = fingerprint64(text) % buckets;
    });
  },
};

const stringEqual: Operator = {
  opType: 'StringEqual',
  domain: OWN_DOMAIN,
  inputs: [3, 3],
  types: [['uint8'], ['int64'], ['int64']],
  infer: (node) => [{ type: 'bool', dims: broadcastDims(node, [node.input(1).dims, node.input(2).dims]) }],
  evaluate(_node, [bytes, a, b], [out]) {
    const [left, right] = [a!, b!].map((parts) => strings(bytes!, expand(parts, out!.dims)));
    return filled<Uint8Array>(out!, (to) => {
      for (const [i, text] of left!.entries()) {
        const other = right![i]!;
        to[i] = Number(text.length === other.length && text.every((byte, at) => byte === other[at]));
      }
    });
  },
};

/** The place of each string among the keys, -1 where it is none. */
const stringIndex: Operator = {
  opType: 'StringIndex',
  domain: OWN_DOMAIN,
  inputs: [3, 3],
  types: [['uint8'], ['int64'], ['int64']],
  infer: (node) => [{ type: 'int64', dims: node.input(1).dims }],
  evaluate(_node, [bytes, parts, keys], [out]) {
    const places = new Map(strings(bytes!, keys!).map((key, place) => [latin1.decode(key), BigInt(place)]));
    return filled<BigInt64Array>(out!, (to) => {
      for (const [i, text] of strings(bytes!, parts!).entries())
        to[i] = places.get(latin1.decode(text)) ?? -1n;
    });
  },
};

export const stringOperators = [
  stringRows,
  stringsToRows,
  stringSplit,
  stringNGrams,
  stringToHashBucket,
  stringEqual,
  stringIndex,
];
