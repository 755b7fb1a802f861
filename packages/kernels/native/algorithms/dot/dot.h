// Dot products over input channels, for few output channels: what the descriptor and the execution share.
#ifndef ZEROSKIP_ALGORITHMS_DOT_DOT_H_
#define ZEROSKIP_ALGORITHMS_DOT_DOT_H_

#include "conv/algorithm.h"

namespace zeroskip {

ZS_PER_TARGET(void, DotRun, (const ConvArgs& args))

// Output channels: each takes an accumulator for every pixel.
constexpr int kDotMaxOutputs = 4;

// Floats of one tap's weights for one output channel: whole vectors, zeros behind the last input channel.
inline int DotDepth(const ConvConfig& config) {
  const int lanes = VectorLanes(config.target);
  return (config.spec.in_c + lanes - 1) / lanes * lanes;
}

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_DOT_DOT_H_
