import { type ConvSpec, convSpec, outputSize, type Pads, type Pair, rangeError } from '@zeroskip/tensor';

/** One convolution of a file of shapes. */
export interface ShapeLayer {
  readonly name: string;
  readonly spec: ConvSpec;
  /** Height and width, before padding. */
  readonly input: Pair;
  /** Non-zero share of the input; undefined where the file has none. */
  readonly density: number | undefined;
}

const FIELDS = [
  'name',
  'in-channels',
  'height',
  'width',
  'out-channels',
  'kernel',
  'stride',
  'pads',
  'group',
  'density',
] as const;

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** `3` is `[3, 3]`, `1x7` is `[1, 7]`; anything else is not two integers. */
function pairOf(text: string): Pair {
  const parts = text.split('x').map(Number);
  return (parts.length === 1 ? [parts[0], parts[0]] : parts) as unknown as Pair;
}

/** `1` for all sides, `0x3` for above and below and for left and right, or `top,left,bottom,right`. */
function padsOf(text: string): Pads {
  if (text.includes(',')) return text.split(',').map(Number) as unknown as Pads;
  const [vertical, horizontal] = pairOf(text);
  return [vertical, horizontal, vertical, horizontal];
}

function densityOf(text: string): number | undefined {
  if (text === '-') return undefined;
  const density = Number(text);
  if (!(density >= 0 && density <= 1)) throw rangeError('density', 'a number from 0 to 1 or -', text);
  return density;
}

function layerOf(row: Row): ShapeLayer {
  const input: Pair = [Number(row.height), Number(row.width)];
  const spec = convSpec({
    inChannels: Number(row['in-channels']),
    outChannels: Number(row['out-channels']),
    kernel: pairOf(row.kernel),
    strides: pairOf(row.stride),
    pads: padsOf(row.pads),
    group: Number(row.group),
  });
  outputSize(spec, input);
  return { name: row.name, spec, input, density: densityOf(row.density) };
}

/**
 * Reads a file of shapes: a convolution on each line, with the fields `FIELDS` between blanks; `#` starts a comment.
 * @param what names the file in errors
 */
export function parseShapes(text: string, what: string): ShapeLayer[] {
  const layers: ShapeLayer[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fields = line.replace(/#.*/, '').trim().split(/\s+/);
    if (fields[0] === '') continue;
    const where = `line ${index + 1} of ${what}`;
    if (fields.length !== FIELDS.length) {
      throw rangeError(
        where,
        `${FIELDS.length} fields (${FIELDS.join(', ')})`,
        fields.length,
        'ERR_INVALID_FORMAT',
      );
    }
    try {
      layers.push(layerOf(Object.fromEntries(FIELDS.map((name, i) => [name, fields[i]])) as Row));
    } catch (error) {
      (error as Error).message = `In ${where}: ${(error as Error).message}`;
      throw error;
    }
  }
  if (layers.length === 0) throw rangeError(what, 'at least one convolution', 'none', 'ERR_INVALID_FORMAT');
  return layers;
}
