import type { Tensor } from '@zeroskip/tensor';
import { MAX_OPSET } from '../../src/ops/common/operator.ts';
import { type Message, valueInfo } from './onnx.ts';
import { runModel } from './run.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** The outputs of one node by name. @param feeds of the run @param constants known before it */
export async function runNode(
  only: Message,
  feeds: Tensors,
  constants: Tensors = {},
  opset = MAX_OPSET,
): Promise<Record<string, Tensor>> {
  const inputs = Object.entries(feeds).map(([name, { type, dims }]) => valueInfo(name, type, dims));
  const outputs = (only.output as readonly string[]).filter(Boolean).map((name) => ({ name }));
  return runModel({ nodes: [only], inputs, outputs, constants, opset }, feeds);
}
