import {
  byteSize,
  computeType,
  type GraphOutput,
  type Limits,
  type NodeView,
  sameDims,
} from '@zeroskip/onnx';
import { allocate, Tensor } from '@zeroskip/tensor';
import { kindOf, type Value } from '../../values/value.ts';
import { stacked } from '../common/pieces.ts';

/** What the runs of a graph inside a node give for one of its outputs, as one tensor in the end. */
export class ScanOutput {
  readonly #node: NodeView;
  readonly #declared: GraphOutput;
  readonly #limits: Limits;
  readonly #items: Tensor[] = [];
  #bytes = 0;

  constructor(node: NodeView, declared: GraphOutput, limits: Limits) {
    this.#node = node;
    this.#declared = declared;
    this.#limits = limits;
  }

  get #what(): string {
    return `output ${JSON.stringify(this.#declared.name)} of the graph`;
  }

  add(value: Value): void {
    if (!(value instanceof Tensor))
      throw this.#node.error(this.#what, 'a tensor', kindOf(value), 'ERR_INVALID_TYPE');
    const { type, dims } = this.#items[0] ?? value;
    if (value.type !== type || !sameDims(value.dims, dims)) {
      const [expected, received] = [`${type} [${dims}] as before`, `${value.type} [${value.dims}]`];
      throw this.#node.error(this.#what, expected, received, 'ERR_INVALID_SHAPE');
    }
    this.#bytes += byteSize(type, dims);
    const { maxRunBytes } = this.#limits;
    if (this.#bytes > maxRunBytes) {
      const expected = `at most ${maxRunBytes}`;
      throw this.#node.error(`bytes of ${this.#what}`, expected, this.#bytes, 'ERR_LIMIT_EXCEEDED');
    }
    this.#items.push(value);
  }

  /** All values along a new axis; where there are none, as the model declares them, open dims being 0. */
  result(axisOf: (rank: number) => number = () => 0, backwards = false): Tensor {
    const { type, dims } = this.#declared;
    if (this.#items.length > 0) {
      const items = backwards ? this.#items.toReversed() : this.#items;
      return stacked(items, axisOf(items[0]!.dims.length + 1));
    }
    if (!type || !dims) throw this.#node.error(this.#what, 'a declared type and rank', 'none');
    const shape = dims.map((dim) => (typeof dim === 'number' ? dim : 0));
    shape.splice(axisOf(shape.length + 1), 0, 0);
    return new Tensor(computeType(type), allocate(computeType(type), 0) as never, shape);
  }
}
