import { type AttributeValue, ints, type NodeView } from '@zeroskip/onnx';
import { autoPads, type Pads, type Pair } from '@zeroskip/tensor';
import { autoPadOf, spatialAttribute, type Window, windowOutput } from '../common/window.ts';

/** Whether the first input has three spatial axes: its operator is made of others on planes. */
export const isVolume = (node: NodeView) => node.input(0).dims.length === 5;

/** A window over three axes as one over height and width, and one over depth, whose second axis is 1. */
export interface VolumeWindow {
  readonly plane: Window;
  readonly depth: Window;
}

/** @param kernel depth, height and width */
export function volumeWindow(node: NodeView, kernel: readonly number[]): VolumeWindow {
  const input = node.input(0).dims.slice(2);
  const [strides, dilations] = ['strides', 'dilations'].map((name) => spatialAttribute(node, name, 3, 1, 1));
  const given = spatialAttribute(node, 'pads', 6, 0, 0);
  const mode = autoPadOf(node);
  const window = (axes: readonly [number, number?]): Window => {
    const pick = (values: readonly number[], absent: number) =>
      axes.length === 2
        ? ([values[axes[0]]!, values[axes[1]!]!] as Pair)
        : ([values[axes[0]]!, absent] as Pair);
    const own = {
      input: pick(input, 1),
      kernel: pick(kernel, 1),
      strides: pick(strides!, 1),
      dilations: pick(dilations!, 1),
    };
    const explicit: Pads = [...pick(given, 0), ...pick(given.slice(3), 0)] as unknown as Pads;
    const pads =
      mode === 'NOTSET' ? explicit : autoPads(mode, own.input, own.kernel, own.strides, own.dilations);
    return { spatialRank: 2, ...own, pads };
  };
  return { plane: window([1, 2]), depth: window([0]) };
}

/** Output sizes: depth, height and width. */
export function volumeOutput(
  node: NodeView,
  { plane, depth }: VolumeWindow,
  ceil = false,
): [number, number, number] {
  return [windowOutput(node, depth, ceil)[0], ...windowOutput(node, plane, ceil)];
}

/** A window as attributes of an operator on planes. */
export function windowAttributes({ kernel, strides, dilations, pads }: Window): [string, AttributeValue][] {
  return Object.entries({ kernel_shape: kernel, strides, dilations, pads }).map(([name, values]) => [
    name,
    ints(values),
  ]);
}

/** Attributes that are the same on planes. */
export function otherAttributes(node: NodeView, names: readonly string[]): [string, AttributeValue][] {
  return names.flatMap((name): [string, AttributeValue][] => {
    const attribute = node.raw(name);
    return attribute ? [[name, attribute]] : [];
  });
}
