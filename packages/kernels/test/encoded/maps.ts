import type { ActivationMap } from '@zeroskip/formats';
import { type EdgeCase, seededMap } from '@zeroskip/test-utils';

/** The first image of an edge case. */
export function mapOf(edgeCase: EdgeCase): ActivationMap {
  const [height, width] = edgeCase.input;
  const channels = edgeCase.spec.inChannels;
  return { channels, height, width, data: seededMap(edgeCase).subarray(0, channels * height * width) };
}
