import { type Graph, type GraphValue, widened } from '@zeroskip/onnx';
import { type ElementType, Tensor, typeError, ZeroskipRangeError } from '@zeroskip/tensor';
import type { Value } from '../values/value.ts';
import type { Feeds } from './options.ts';

interface TensorLike {
  readonly type: ElementType;
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly layout?: 'NCHW' | 'NHWC';
}

function asTensor(name: string, value: unknown): Tensor {
  const like = value as Partial<TensorLike> | null;
  if (
    typeof like !== 'object' ||
    like === null ||
    !('data' in like) ||
    !('dims' in like) ||
    !('type' in like)
  ) {
    throw typeError(`feed ${JSON.stringify(name)}`, 'a Tensor', value);
  }
  // Built anew, so that tensors of another copy of the package, or changed since, are checked here.
  const { type, data, dims, layout } = like as TensorLike;
  const tensor = new Tensor(type, data as never, dims, layout ?? 'NCHW');
  return tensor.toLayout('NCHW');
}

/** A scalar for an input that is one, where the feed has one element under other dims, as many programs write it. */
function asScalar(input: GraphValue, tensor: Tensor): Tensor {
  if (input.dims?.length !== 0 || tensor.dims.length === 0 || tensor.data.length !== 1) return tensor;
  return new Tensor(tensor.type, tensor.data, []);
}

function wrongDims(name: string, expected: string, dims: readonly number[]): ZeroskipRangeError {
  const received = `[${dims.join(', ')}]`;
  return new ZeroskipRangeError(
    `Expected ${expected} for the dims of feed ${JSON.stringify(name)}, received ${received}.`,
    { code: 'ERR_INVALID_SHAPE', expected, received },
  );
}

const shownDims = (dims: NonNullable<GraphValue['dims']>) =>
  `[${dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

/** Checks a feed's dims; equal symbols must stand for equal dims throughout a run. */
function checkDims(input: GraphValue, dims: readonly number[], symbols: Map<string, number>): void {
  if (!input.dims) return;
  if (dims.length !== input.dims.length) throw wrongDims(input.name, shownDims(input.dims), dims);
  for (let axis = 0; axis < dims.length; axis++) {
    const [dim, declared] = [dims[axis]!, input.dims[axis]!];
    if (typeof declared === 'number') {
      if (dim !== declared) throw wrongDims(input.name, shownDims(input.dims), dims);
    } else if (declared !== '') {
      const bound = symbols.get(declared) ?? dim;
      if (bound !== dim) {
        const expected = `${shownDims(input.dims)} with ${declared} = ${bound}`;
        throw wrongDims(input.name, expected, dims);
      }
      symbols.set(declared, dim);
    }
  }
}

/**
 * Checks the tensors of a run and converts half precision. Feeds for constants that the model lists among its inputs
 * are left unread, as onnxruntime-node leaves them.
 * @throws errors with codes `ERR_INVALID_ARGUMENT`, `ERR_INVALID_TYPE` and `ERR_INVALID_SHAPE` that name the feed
 */
export function checkFeeds({ inputs, defaults = [] }: Graph, feeds: Feeds): Map<string, Value> {
  if (typeof feeds !== 'object' || feeds === null) throw typeError('feeds', 'an object of tensors', feeds);
  for (const given of Object.keys(feeds)) {
    if (inputs.some(({ name }) => name === given) || defaults.includes(given)) continue;
    const names = inputs.map(({ name }) => name).join(', ');
    throw typeError('feeds', `only inputs of the model (${names})`, given, 'ERR_INVALID_ARGUMENT');
  }
  const symbols = new Map<string, number>();
  const checked = new Map<string, Value>();
  for (const input of inputs) {
    const { name, form } = input;
    if (!Object.hasOwn(feeds, name)) {
      throw typeError(`feed ${JSON.stringify(name)}`, 'a Tensor', undefined, 'ERR_INVALID_ARGUMENT');
    }
    const feed = feeds[name];
    if (form && feed === null && form !== 'sequence') checked.set(name, null);
    else if (form?.endsWith('sequence')) checked.set(name, checkSequence(input, feed));
    else checked.set(name, checkTensor(input, feed, symbols));
  }
  return checked;
}

function checkTensor(input: GraphValue, feed: unknown, symbols: Map<string, number>): Tensor {
  const { name, type } = input;
  const tensor = asScalar(input, asTensor(name, feed));
  if (tensor.type !== type) throw typeError(`the type of feed ${JSON.stringify(name)}`, type, tensor.type);
  checkDims(input, tensor.dims, symbols);
  return widened(tensor);
}

/** The tensors of a sequence may differ where the model leaves dims open, also by symbols. */
function checkSequence(input: GraphValue, feed: unknown): Tensor[] {
  if (!Array.isArray(feed))
    throw typeError(`feed ${JSON.stringify(input.name)}`, 'an array of tensors', feed);
  return feed.map((item) => checkTensor(input, item, new Map()));
}
