import { decode, encode, node, valueInfo } from '@zeroskip/onnx';

/** The last versions of format and operators that onnxruntime 1.14 reads, the oldest that a client brings. */
const IR_VERSION = 8;
const OPSET = 18;

/** What a network's one input and one output are to be called, and the dims of its input then. */
export interface Interface {
  readonly input: string;
  readonly output: string;
  /** Channels first. */
  readonly inputDims: readonly (number | string)[];
  /** Whether the network itself takes channels last. */
  readonly isChannelsLast: boolean;
}

/** An ONNX model under the names that a client looks for, and for engines of its age; its operators stay. */
export function renameOnnx(
  bytes: Uint8Array,
  { input, output, inputDims, isChannelsLast }: Interface,
): Uint8Array {
  const model = decode('ModelProto', bytes, Number.MAX_SAFE_INTEGER);
  const { opsetImport } = model;
  const graph = model.graph!;
  const [from, to] = [graph.input[0]!.name!, graph.output[0]!.name!];
  const first = isChannelsLast
    ? node('Transpose', [input], [from], { perm: [0, 2, 3, 1] })
    : node('Identity', [input], [from]);
  return encode('ModelProto', {
    ...model,
    irVersion: IR_VERSION,
    opsetImport: opsetImport.map((each) => ({ ...each, version: Math.min(Number(each.version), OPSET) })),
    graph: {
      ...graph,
      node: [first, ...graph.node, node('Identity', [to], [output])],
      input: [valueInfo(input, 'float32', inputDims)],
      output: [{ ...graph.output[0]!, name: output }],
    },
  });
}
