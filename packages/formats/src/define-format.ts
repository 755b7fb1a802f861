import {
  assertInteger,
  rangeError,
  typedArrayName,
  typeError,
  ZeroskipError,
  ZeroskipRangeError,
} from '@zeroskip/tensor';
import { invalid } from './arrays/checks.ts';
import { ELEMENT_CLASSES } from './arrays/index-width.ts';
import type {
  Codec,
  Context,
  EncodedMap,
  FormatArrays,
  FormatParameter,
  Parameters,
  SparseFormat,
} from './format.ts';
import {
  type ActivationMap,
  checkGeometry,
  checkMap,
  checkShape,
  type GeometryInput,
  type MapShape,
} from './map/activation-map.ts';
import { readableMap, readsOf } from './map/reads.ts';

function resolveParameters(declared: readonly FormatParameter[], given: Parameters): Parameters {
  for (const name of Object.keys(given)) {
    if (!declared.some((parameter) => parameter.name === name)) {
      const names = declared.map((parameter) => parameter.name).join(', ') || 'no parameters';
      throw rangeError('parameters', names, name);
    }
  }
  const resolved: Record<string, number> = {};
  for (const { name, default: fallback, min, max } of declared) {
    const value = given[name] ?? fallback;
    assertInteger(name, value, min, max);
    resolved[name] = value;
  }
  return resolved;
}

function asFormatError<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const { message, expected, received } = cause as ZeroskipRangeError;
    throw new ZeroskipRangeError(message, {
      code: 'ERR_INVALID_FORMAT',
      ...(expected === undefined ? {} : { expected }),
      ...(received === undefined ? {} : { received }),
      cause,
    });
  }
}

/** The row of a format: its codec behind the checks of what comes in. */
export function defineFormat<A extends FormatArrays>(codec: Codec<A>): SparseFormat {
  const { id, arrayNames, parameters: declared = [] } = codec;

  function contextOf(shape: MapShape, geometry: GeometryInput, given: Parameters): Context {
    const checked = checkShape(shape);
    const full = checkGeometry(checked, geometry);
    const parameters = resolveParameters(declared, given);
    return { shape: checked, geometry: full, parameters, reads: readsOf(checked, full) };
  }

  function checkedArrays({ format, arrays }: EncodedMap): A {
    if (format !== id) throw invalid('the format', id, format);
    for (const name of arrayNames) {
      const array: unknown = arrays[name];
      if (!ELEMENT_CLASSES.some(({ name: known }) => known === typedArrayName(array))) {
        const expected = 'a Float32Array, Uint8Array, Uint16Array or Uint32Array';
        throw typeError(`array ${name} of ${id}`, expected, array, 'ERR_INVALID_FORMAT');
      }
    }
    const extra = Object.keys(arrays).find((name) => !arrayNames.includes(name));
    if (extra !== undefined) throw invalid(`the arrays of ${id}`, arrayNames.join(', '), extra);
    return arrays as A;
  }

  function checked(encoded: EncodedMap): { arrays: A; context: Context } {
    const arrays = checkedArrays(encoded);
    const { geometry, parameters } = encoded;
    for (const name of ['kernel', 'strides', 'dilations', 'pads'] as const) {
      if (geometry[name] === undefined) throw invalid(`the geometry in ${id}`, name, undefined);
    }
    for (const { name } of declared) {
      if (parameters[name] === undefined) throw invalid(`the parameters of ${id}`, name, undefined);
    }
    const context = asFormatError(() => contextOf(encoded.shape, encoded.geometry, encoded.parameters));
    const reason = codec.refusal?.(context);
    if (reason !== undefined) throw invalid(`a map in ${id}`, 'a size that it takes', reason);
    codec.validate(arrays, context);
    return { arrays, context };
  }

  function acceptedContext(map: ActivationMap, geometry: GeometryInput, given: Parameters): Context {
    const { channels, height, width } = checkMap(map);
    const context = contextOf({ channels, height, width }, geometry, given);
    const reason = codec.refusal?.(context);
    if (reason === undefined) return context;
    throw new ZeroskipError(`Format ${id} refuses this map: ${reason}.`, {
      code: 'ERR_REFUSED',
      received: reason,
    });
  }

  const row: SparseFormat = {
    id,
    summary: codec.summary,
    sizeFormula: codec.sizeFormula,
    sparse: codec.sparse,
    parameters: declared,
    arrayNames,
    formulaBytes: codec.formulaBytes,
    refusal: (shape, geometry) => codec.refusal?.(contextOf(shape, geometry, {})),
    prepare(map, geometry, given = {}) {
      const { shape, geometry: full, parameters } = acceptedContext(map, geometry, given);
      return { format: id, shape, geometry: full, parameters };
    },
    encode(map, geometry, given = {}) {
      const context = acceptedContext(map, geometry, given);
      const { shape, geometry: full, parameters, reads } = context;
      const arrays = codec.encode(readableMap({ ...shape, data: map.data }, full, reads), context);
      return { format: id, shape, geometry: full, parameters, arrays };
    },
    decode(encoded) {
      const { arrays, context } = checked(encoded);
      const { channels, height, width } = context.shape;
      const data = new Float32Array(channels * height * width);
      codec.decode(arrays, context, data);
      return { channels, height, width, data };
    },
    validate(encoded) {
      checked(encoded);
    },
    byteLength: ({ arrays }) => arrayNames.reduce((sum, name) => sum + arrays[name]!.byteLength, 0),
    elementCount: ({ arrays }) => arrayNames.reduce((sum, name) => sum + arrays[name]!.length, 0),
    publishedElements: (statistics) => codec.publishedElements?.(statistics),
    annotate(encoded) {
      const { arrays, context } = checked(encoded);
      return codec.annotate(arrays, context);
    },
  };
  return row;
}
