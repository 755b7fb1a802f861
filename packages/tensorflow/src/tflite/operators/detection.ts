import { int, ints } from '@zeroskip/onnx';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import { readNumbers } from '../flexbuffer.ts';
import type { LiteNode } from '../node.ts';
import { row, type Translate, type Translations } from '../translation.ts';
import { filledUp } from './selection.ts';

/** The largest float32 below a positive one: scores at a threshold count, where ONNX takes those above it. */
function below(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]!--;
  return new Float32Array(bits.buffer)[0]!;
}

/** Options of TFLite_Detection_PostProcess. */
class Options {
  readonly #node: LiteNode;
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(node: LiteNode) {
    this.#node = node;
    this.#numbers = readNumbers(node.customOptions);
  }

  number(key: string, absent?: number): number {
    const value = this.#numbers.get(key) ?? absent;
    if (value !== undefined && Number.isFinite(value)) return value;
    throw this.#node.error(`option ${key}`, 'a number', value ?? 'none');
  }

  count(key: string, absent?: number): number {
    const value = this.number(key, absent);
    if (Number.isInteger(value) && value >= 1) return value;
    throw this.#node.error(`option ${key}`, 'a whole number from 1', value);
  }

  scale(key: string): number {
    const value = this.number(key);
    if (value !== 0) return value;
    throw this.#node.error(`option ${key}`, 'a number other than 0', value);
  }
}

/** Writes parts of the node under its name. */
class Parts {
  readonly #name: string;
  readonly #builder: GraphBuilder;

  constructor(name: string, builder: GraphBuilder) {
    this.#name = name;
    this.#builder = builder;
  }

  add(part: string, opType: string, inputs: readonly string[], attributes = {}): string {
    return this.#builder.node(`${this.#name}/${part}`, opType, inputs, attributes);
  }

  two(part: string, opType: string, inputs: readonly string[]): [string, string] {
    return this.#builder.emitter.multiple(`${this.#name}/${part}`, opType, inputs, 2) as [string, string];
  }

  floats(value: string): string {
    return this.#builder.cast(`${this.#name}/floats`, value, 'float32');
  }

  ints(...values: readonly number[]): string {
    return this.#builder.int64s(`${this.#name}/numbers`, values);
  }

  index(value: number): string {
    return this.#builder.scalar(`${this.#name}/index`, 'int64', value);
  }

  float(value: number): string {
    return this.#builder.scalar(`${this.#name}/number`, 'float32', value);
  }

  joined(part: string, values: readonly string[], axis: number): string {
    return this.add(part, 'Concat', values, { axis: int(axis) });
  }
}

/** Boxes as corners, from centres and sizes relative to anchors: N × 4, as top, left, bottom, right. */
function corners(node: LiteNode, options: Options, parts: Parts): string {
  const column = (value: string, at: number, part: string) =>
    parts.add(part, 'Slice', [value, parts.ints(at), parts.ints(at + 1), parts.ints(-1)]);
  const boxes = parts.add('boxes', 'Squeeze', [node.input(0).name, parts.ints(0)]);
  const anchors = node.input(2).name;
  const along = (at: number, centre: string, size: string): [string, string] => {
    const scaled = (from: number, by: string) =>
      parts.add('scaled', 'Div', [column(boxes, from, 'box'), parts.float(options.scale(by))]);
    const extent = column(anchors, at + 2, 'anchor');
    const shift = parts.add('shift', 'Mul', [scaled(at, centre), extent]);
    const middle = parts.add('middle', 'Add', [shift, column(anchors, at, 'anchor')]);
    const grown = parts.add('grown', 'Mul', [parts.add('exp', 'Exp', [scaled(at + 2, size)]), extent]);
    const half = parts.add('half', 'Mul', [grown, parts.float(0.5)]);
    return [parts.add('low', 'Sub', [middle, half]), parts.add('high', 'Add', [middle, half])];
  };
  const [top, bottom] = along(0, 'y_scale', 'h_scale');
  const [left, right] = along(1, 'x_scale', 'w_scale');
  return parts.joined('corners', [top, left, bottom, right], 1);
}

/** Scores of the classes without the background: N × classes. */
function scoresOf(node: LiteNode, classes: number, parts: Parts): string {
  const { dims } = node.tensor(1);
  const given = dims.at(-1) ?? 0;
  const scores = parts.add('scores', 'Squeeze', [node.input(1).name, parts.ints(0)]);
  if (given === classes) return scores;
  if (given < classes) throw node.error('scores of a box', `at least ${classes}`, given, 'ERR_INVALID_SHAPE');
  return parts.add('foreground', 'Slice', [
    scores,
    parts.ints(given - classes),
    parts.ints(given),
    parts.ints(1),
  ]);
}

/** What is found, in order of scores. */
interface Found {
  /** M × 4, M, and M. */
  readonly boxes: string;
  readonly classes: string;
  readonly scores: string;
  /** M, and the most that it may be. */
  readonly rows: string;
  readonly places: number;
  /** Boxes; each has as many rows as classes are wanted of it. */
  readonly count: string;
}

interface Given {
  readonly boxes: string;
  readonly scores: string;
  readonly options: Options;
}

const suppress = (parts: Parts, { boxes, options }: Given, scores: string, most: number) =>
  parts.add('chosen', 'NonMaxSuppression', [
    parts.add('image', 'Unsqueeze', [boxes, parts.ints(0)]),
    scores,
    parts.ints(most),
    parts.float(options.number('nms_iou_threshold')),
    parts.float(below(options.number('nms_score_threshold'))),
  ]);

/** Boxes that overlap are of one object, whichever class each has: those of the best class stay. */
function fast(given: Given, most: number, perBox: number, parts: Parts): Found {
  const { scores, boxes } = given;
  const best = parts.add('best', 'ReduceMax', [scores, parts.ints(1)], { keepdims: int(0) });
  const row = parts.add('bestRow', 'Unsqueeze', [best, parts.ints(0, 1)]);
  const chosen = suppress(parts, given, row, most);
  const at = parts.add('at', 'Gather', [chosen, parts.index(2)], { axis: int(1) });
  const [values, classes] = parts.two('top', 'TopK', [
    parts.add('own', 'Gather', [scores, at]),
    parts.ints(perBox),
  ]);
  const found = parts.add('found', 'Gather', [boxes, at]);
  const repeated = parts.add('repeated', 'Tile', [found, parts.ints(1, perBox)]);
  const flat = (value: string) => parts.add('flat', 'Reshape', [value, parts.ints(-1)]);
  const rows = flat(values);
  return {
    boxes: parts.add('rows', 'Reshape', [repeated, parts.ints(-1, 4)]),
    classes: parts.floats(flat(classes)),
    scores: rows,
    rows: parts.add('count', 'Shape', [rows]),
    places: most * perBox,
    count: parts.add('size', 'Shape', [at]),
  };
}

/** Boxes that overlap are of one object where they are of one class; the best of all classes stay. */
function regular(given: Given, most: number, parts: Parts): Found {
  const { scores, boxes, options } = given;
  const turned = parts.add('turned', 'Transpose', [scores], { perm: ints([1, 0]) });
  const byClass = parts.add('byClass', 'Unsqueeze', [turned, parts.ints(0)]);
  const chosen = suppress(parts, given, byClass, options.count('detections_per_class', 100));
  const places = parts.add('places', 'Slice', [chosen, parts.ints(1), parts.ints(3), parts.ints(1)]);
  const all = parts.add('all', 'GatherND', [turned, places]);
  const limit = parts.add('limit', 'Min', [parts.add('size', 'Shape', [all]), parts.ints(most)]);
  const [values, order] = parts.two('order', 'TopK', [all, limit]);
  const kept = parts.add('kept', 'Gather', [places, order]);
  const column = (at: number) => parts.add('column', 'Gather', [kept, parts.index(at)], { axis: int(1) });
  return {
    boxes: parts.add('found', 'Gather', [boxes, column(1)]),
    classes: parts.floats(column(0)),
    scores: values,
    rows: limit,
    places: most,
    count: limit,
  };
}

/** The last step of detectors: anchors and scores become boxes, classes, scores, and their count. */
const postProcess: Translate = (node, builder) => {
  node.dims(0, 3);
  node.dims(2, 2);
  const options = new Options(node);
  const parts = new Parts(node.name, builder);
  const [most, perBox] = [options.count('max_detections'), options.count('max_classes_per_detection')];
  const classes = options.count('num_classes');
  const given: Given = {
    boxes: corners(node, options, parts),
    scores: scoresOf(node, classes, parts),
    options,
  };
  const isRegular = options.number('use_regular_nms', 0) !== 0;
  const found = isRegular ? regular(given, most, parts) : fast(given, most, Math.min(perBox, classes), parts);
  const filled = (what: string, values: string, rank: number) => {
    const rows = filledUp(`${node.name}/${what}`, values, found.rows, found.places, rank, builder);
    return builder.plain(parts.add(what, 'Unsqueeze', [rows, parts.ints(0)]), rank + 1);
  };
  return [
    filled('detectionBoxes', found.boxes, 2),
    filled('detectionClasses', found.classes, 1),
    filled('detectionScores', found.scores, 1),
    builder.plain(parts.floats(found.count), 1, 1),
  ];
};

export const detection: Translations = { TFLite_Detection_PostProcess: row(3, postProcess) };
