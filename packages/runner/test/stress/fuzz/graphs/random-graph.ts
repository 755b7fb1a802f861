import type { Random } from '../target.ts';
import {
  batchNormalization,
  conv,
  convTranspose,
  otherNormalization,
  pad,
  pool,
  sameConv,
} from './convolutions.ts';
import { GraphDraft } from './draft.ts';
import { activation, combined, spelledActivation, unary, withConstant } from './elementwise.ts';
import {
  blocks,
  concat,
  gather,
  identity,
  repeat,
  reshape,
  resize,
  shapeArithmetic,
  slice,
  split,
  transpose,
} from './layout.ts';
import { constantChain, product, reduction, softmax, where } from './products.ts';

const opsets = [7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 17, 18, 20, 21];

type Recipe = (draft: GraphDraft, x: string) => unknown;

/** A convolution, then what is folded into it, each with a chance. */
function block(draft: GraphDraft, x: string): void {
  const maybe =
    (probability: number, link: (draft: GraphDraft, x: string) => string | undefined) => (value: string) =>
      draft.chance(probability) ? link(draft, value) : value;
  draft.chain(
    x,
    maybe(0.3, pad),
    (value) => conv(draft, value),
    maybe(0.5, batchNormalization),
    maybe(0.3, withConstant),
    maybe(0.6, activation),
  );
}

function residual(draft: GraphDraft, x: string): void {
  const sum = (value: string) => draft.add('Add', draft.chance(0.5) ? [value, x] : [x, value])?.[0];
  draft.chain(
    x,
    (value) => sameConv(draft, value),
    (value) => (draft.chance(0.5) ? batchNormalization(draft, value) : value),
    (value) => (draft.chance(0.3) ? activation(draft, value) : value),
    sum,
    (value) => (draft.chance(0.6) ? activation(draft, value) : value),
  );
}

/** Two heads on parts of a value, of which later only one may be fetched. */
function heads(draft: GraphDraft, x: string): void {
  for (const part of split(draft, x) ?? []) {
    if (draft.dims(part).length > 0 && draft.chance(0.7))
      draft.chain(part, (value) => block(draft, value) as undefined);
  }
}

/** Branches of one value that are joined again. */
function branches(draft: GraphDraft, x: string): void {
  const rank = draft.dims(x).length;
  const ends = [x];
  for (let count = draft.whole(1, 2); count > 0; count--) {
    const end = draft.pick([sameConv, activation, unary, withConstant, identity])(draft, x);
    if (end) ends.push(end);
  }
  if (draft.chance(0.3)) ends.shift();
  if (rank > 0 && ends.length > 0) draft.add('Concat', ends, { axis: rank > 1 && draft.chance(0.7) ? 1 : 0 });
}

const recipes: readonly (readonly [weight: number, Recipe])[] = [
  [12, block],
  [6, residual],
  [4, heads],
  [4, branches],
  [6, conv],
  [1, convTranspose],
  [4, batchNormalization],
  [1, otherNormalization],
  [3, pad],
  [4, pool],
  [6, activation],
  [4, spelledActivation],
  [2, unary],
  [6, withConstant],
  [6, combined],
  [2, split],
  [3, concat],
  [3, slice],
  [3, transpose],
  [4, reshape],
  [2, shapeArithmetic],
  [4, identity],
  [2, gather],
  [2, resize],
  [1, blocks],
  [1, repeat],
  [3, product],
  [2, softmax],
  [2, reduction],
  [1, constantChain],
  [1, where],
];

const table = recipes.flatMap(([weight, recipe]) => new Array<Recipe>(weight).fill(recipe));

function inputDims(draft: GraphDraft): number[] {
  const side = () => (draft.chance(0.1) ? draft.whole(8, 11) : draft.whole(1, 7));
  const batch = draft.chance(0.02) ? 0 : draft.pick([1, 1, 2, 3]);
  const channels = draft.chance(0.1) ? draft.whole(7, 17) : draft.whole(1, 6);
  const rank = draft.chance(0.75) ? 4 : draft.whole(1, 3);
  return [batch, channels, side(), side()].slice(0, rank);
}

/** A valid model: every node was checked as it was added. */
export function randomGraph(random: Random): Uint8Array {
  const first = Math.floor(random() * opsets.length);
  const draft = new GraphDraft(random, opsets[first]!);
  const dims = inputDims(draft);
  draft.input(dims);
  if (draft.chance(0.3)) draft.input(draft.chance(0.6) ? dims : inputDims(draft));
  for (let steps = draft.whole(1, 5); steps > 0; steps--) {
    draft.pick(table)(draft, draft.value()!);
  }
  return draft.model();
}
