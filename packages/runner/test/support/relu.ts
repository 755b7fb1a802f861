import { encode, float32, type Message, type ModelParts, modelProto, node, valueInfo } from './onnx.ts';

export const x = valueInfo('x', 'float32', [1, 2]);
export const y = valueInfo('y', 'float32', [1, 2]);
export const feed = { x: float32([1, 2], [-1, 3]) };

/** The smallest network, to be changed in one place. */
export const relu: ModelParts = { nodes: [node('Relu', ['x'], ['y'], {}, 'r')], inputs: [x], outputs: [y] };

/** The model of `parts` with its message changed. */
export function changed(
  parts: ModelParts,
  change: (message: { graph: Message } & Message) => void,
): Uint8Array {
  const message = modelProto(parts) as { graph: Message } & Message;
  change(message);
  return encode('ModelProto', message);
}
