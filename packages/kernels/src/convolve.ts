import { assertInteger, outputSize, rangeError, Tensor, typeError } from '@zeroskip/tensor';
import type { Convolution } from './convolution.ts';
import { usableThreads } from './machine/platform.ts';
import { Program } from './program/program.ts';
import { denseView } from './program/step.ts';

/**
 * Convolves one tensor, off the main thread unless that is done in about a millisecond.
 * @param input `N × C × H × W`, float32, either layout
 * @returns `N × M × oH × oW` in layout NCHW
 */
export async function convolve(
  input: Tensor<'float32'>,
  convolution: Convolution,
  options: { threads?: number } = {},
): Promise<Tensor<'float32'>> {
  if (!(input instanceof Tensor) || input.type !== 'float32')
    throw typeError('input', 'a float32 Tensor', input);
  if (input.dims.length !== 4)
    throw rangeError('input.dims', 'rank 4 (N, C, H, W)', input.dims, 'ERR_INVALID_SHAPE');
  const [n, c, h, w] = input.dims as [number, number, number, number];
  const { spec } = convolution;
  if (c !== spec.inChannels) {
    throw rangeError('input.dims[1]', `${spec.inChannels} channels`, c, 'ERR_INVALID_SHAPE');
  }
  if (input.data.length !== n * c * h * w) {
    throw rangeError('input.data', `${n * c * h * w} values`, input.data.length, 'ERR_INVALID_SHAPE');
  }
  const threads = options.threads ?? usableThreads();
  assertInteger('threads', threads, 1, 1024);
  const [oh, ow] = outputSize(spec, [h, w]);
  const inSize = n * c * h * w;
  const outSize = n * oh * ow * spec.outChannels;
  const nchw = { ...denseView(0, n, h, w, c) };
  const inputView = denseView(input.layout === 'NCHW' ? inSize : 0, n, h, w, c);
  const outputView = denseView(inSize * 2, n, oh, ow, spec.outChannels);
  const resultView = denseView(inSize * 2 + outSize, n, oh, ow, spec.outChannels);
  const program = new Program([
    ...(input.layout === 'NCHW' ? [{ op: 'toChannelsLast', input: nchw, output: inputView } as const] : []),
    { op: 'conv', convolution, input: inputView, output: outputView },
    { op: 'toChannelsFirst', input: outputView, output: resultView },
  ]);
  const run = program.createRun(inSize * 2 + outSize * 2);
  try {
    run.write(0, input.data);
    await run.execute({ threads });
    return new Tensor('float32', run.read(resultView.offset, outSize), [n, spec.outChannels, oh, ow]);
  } finally {
    run.release();
    program.release();
  }
}
