import { committed } from '@zeroskip/kernels';
import type { Constant, InputValue, ValueType } from '@zeroskip/onnx';
import { repack, sizeOf } from '@zeroskip/tensor';
import { type Action, copyStep, type PlacedStep } from './actions.ts';
import type { ConstantPool } from './constant-pool.ts';
import {
  asFloats,
  densePlace,
  isByte,
  isDense,
  type MapShape,
  mapShape,
  newRegion,
  type Order,
  type Place,
  regrouped,
  reshaped,
  sameInBothOrders,
} from './place.ts';

interface Residence {
  /** Channels-last. */
  map?: Place;
  /** Row-major and dense; read as one run of floats. */
  rows?: Place;
  /** A tensor of the run, on the main thread. */
  host?: true;
}

/** Takes the conversions that a value needs. */
interface Emitter {
  conversion(value: string, step: PlacedStep): void;
  copy(action: Extract<Action, { kind: 'read' | 'write' }>): void;
}

/** A constant's values; a bool is 0 or 1. */
function floatsOf(constant: Constant): Float32Array {
  const { type, data } = constant.load();
  return type === 'bool' ? new Float32Array(data as Uint8Array) : (data as Float32Array);
}

/** Where each value of the graph lives, and the conversions between these forms, made once when asked for. */
export class Values {
  readonly #residences = new Map<string, Residence>();
  readonly #reserved = new Map<string, Place>();
  readonly #types: ReadonlyMap<string, ValueType>;
  readonly #constants: ReadonlyMap<string, Constant>;
  readonly #pool: ConstantPool;
  readonly #emitter: Emitter;

  constructor(
    types: ReadonlyMap<string, ValueType>,
    constants: ReadonlyMap<string, Constant>,
    pool: ConstantPool,
    emitter: Emitter,
  ) {
    this.#types = types;
    this.#constants = constants;
    this.#pool = pool;
    this.#emitter = emitter;
  }

  type(name: string): ValueType {
    return this.#constants.get(name) ?? this.#types.get(name)!;
  }

  #residence(name: string): Residence {
    const residence = this.#residences.get(name) ?? {};
    this.#residences.set(name, residence);
    return residence;
  }

  newPlace(shape: MapShape, element?: Place['element']): Place {
    return densePlace(newRegion(shape.n * shape.h * shape.w * shape.c, element), shape, 0, element);
  }

  /** A new place for a value's elements. */
  #placeOf(name: string, shape: MapShape): Place {
    const { type } = this.type(name);
    return this.newPlace(shape, isByte(type) ? type : undefined);
  }

  /** The place that a later concatenation wants `name` to be written to. */
  reserve(name: string, place: Place): void {
    this.#reserved.set(name, place);
  }

  /** A new channels-last place for `name`, used when it is defined. */
  reserveMap(name: string): Place {
    const place = this.#placeOf(name, mapShape(this.type(name).dims, 'channelsLast'));
    this.reserve(name, place);
    return place;
  }

  /** A new channels-last home for `name`. */
  defineMap(name: string): Place {
    const place =
      this.#reserved.get(name) ?? this.#placeOf(name, mapShape(this.type(name).dims, 'channelsLast'));
    this.#residence(name).map = place;
    return place;
  }

  /** A new row-major home for `name`. */
  defineRows(name: string): Place {
    const place = this.#placeOf(name, { n: 1, h: 1, w: 1, c: sizeOf(this.type(name).dims) });
    this.#residence(name).rows = place;
    return place;
  }

  /** A new row-major home for `name`, for the numbers of `tensor`, which is one of the run, as floats. */
  defineFrom(name: string, tensor: string): void {
    this.#emitter.copy({ kind: 'write', value: tensor, place: this.defineRows(name) });
  }

  defineHost(name: string): void {
    this.#residence(name).host = true;
  }

  /** Makes `name` live where another value does. */
  aliasMap(name: string, place: Place): void {
    this.#residence(name).map = place;
  }

  aliasRows(name: string, place: Place): void {
    this.#residence(name).rows = place;
  }

  isHost(name: string): boolean {
    return this.#constants.has(name) || this.#residence(name).host === true;
  }

  /** Whether the value is only a tensor of the run. */
  isHostOnly(name: string): boolean {
    const { map, rows, host } = this.#residence(name);
    return host === true && !map && !rows;
  }

  /** Whether the value is at hand row-major and not channels-last. */
  prefersRows(name: string): boolean {
    const { map, rows } = this.#residence(name);
    return !map && rows !== undefined && !sameInBothOrders(mapShape(this.type(name).dims, 'channelsLast'));
  }

  /** The value channels-last. */
  map(name: string): Place {
    const constant = this.#constants.get(name);
    if (constant) return this.constantPlace(constant, constant.dims, 'channelsLast');
    const residence = this.#residence(name);
    if (!residence.map) {
      const shape = mapShape(this.type(name).dims, 'channelsLast');
      const rows = this.rows(name);
      if (sameInBothOrders(shape)) residence.map = reshaped(rows, shape);
      else {
        const input = reshaped(rows, shape);
        this.#emitter.conversion(name, { op: 'toChannelsLast', input, output: this.defineMap(name) });
      }
    }
    return residence.map!;
  }

  /** The value row-major, as one run of floats. */
  rows(name: string): Place {
    const constant = this.#constants.get(name);
    if (constant) {
      const flat = { n: 1, h: 1, w: 1, c: sizeOf(constant.dims) };
      return this.#pool.addConstant(constant, 'rowMajor', () => floatsOf(constant), flat);
    }
    const residence = this.#residence(name);
    if (!residence.rows) {
      if (residence.map) this.#rowsFromMap(name, residence.map);
      else {
        const place = this.defineRows(name);
        this.#emitter.copy({ kind: 'write', value: name, place: place.element ? asFloats(place)! : place });
      }
    }
    return residence.rows!;
  }

  #rowsFromMap(name: string, map: Place): void {
    if (isDense(map) && sameInBothOrders(map)) {
      const { n, h, w, c } = map;
      this.aliasRows(name, reshaped(map, { n: 1, h: 1, w: 1, c: n * h * w * c }));
      return;
    }
    const rows = this.defineRows(name);
    const output = reshaped(rows, map);
    const step: PlacedStep = sameInBothOrders(map)
      ? copyStep(map, output)
      : { op: 'toChannelsFirst', input: map, output };
    this.#emitter.conversion(name, step);
  }

  /** Makes the value a tensor of the run. */
  toHost(name: string): void {
    if (this.isHost(name)) return;
    const { rows, map } = this.#residence(name);
    const { type, dims } = this.type(name);
    const place = isByte(type)
      ? this.#bytesAsFloats(name, this.rows(name))
      : this.#inArena(name, rows ?? map ?? this.rows(name));
    this.#emitter.copy({ kind: 'read', value: name, place, type, dims });
    this.defineHost(name);
  }

  /** The floats that hold row-major integers. */
  #bytesAsFloats(name: string, rows: Place): Place {
    const floats = asFloats(rows);
    if (floats) return floats;
    const copy = this.newPlace(rows, rows.element);
    this.#emitter.conversion(name, copyStep(rows, copy));
    return asFloats(copy)!;
  }

  /** `place`, or a copy of what lies among the constants, which a run cannot read back. */
  #inArena(name: string, place: Place): Place {
    if (place.region) return place;
    const copy = this.newPlace(place);
    this.#emitter.conversion(name, copyStep(place, copy));
    return copy;
  }

  /** The value's elements under other dims of the same size, in `order`. */
  mapAs(input: InputValue, dims: readonly number[], order: Order): Place {
    const shape = mapShape(dims, order);
    if (input.constant) return this.constantPlace(input.constant, dims, order);
    if (order === 'rowMajor') {
      const rows = this.rows(input.name);
      return reshaped(rows, shape);
    }
    const { map } = this.#residence(input.name);
    const same = map && map.n === shape.n && map.c === shape.c ? regrouped(map, shape) : undefined;
    if (same) return same;
    if (dims.length === input.dims.length && dims.every((dim, axis) => dim === input.dims[axis])) {
      return this.map(input.name);
    }
    const rows = this.rows(input.name);
    const flat = reshaped(rows, shape);
    if (sameInBothOrders(shape)) return flat;
    const output = this.newPlace(shape, flat.element);
    this.#emitter.conversion(input.name, { op: 'toChannelsLast', input: flat, output });
    return output;
  }

  constantPlace(constant: Constant, dims: readonly number[], order: Order): Place {
    const shape = mapShape(dims, order);
    if (order === 'rowMajor' || sameInBothOrders(shape))
      return this.#pool.addConstant(constant, 'rowMajor', () => floatsOf(constant), shape);
    const channelsLast = () => {
      const values = floatsOf(constant);
      const last = committed(new Float32Array(values.length));
      repack(values, last, shape, 'NHWC');
      return last;
    };
    return this.#pool.addConstant(constant, `channelsLast ${shape.n} ${shape.c}`, channelsLast, shape);
  }
}
