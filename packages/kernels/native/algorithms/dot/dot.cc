#include "algorithms/dot/dot.h"

#include "conv/panels.h"

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec& s, const InputSize&) {
  if (s.group > 1) return "several groups: a vector would hold few channels of one group";
  if (s.out_c > kDotMaxOutputs) return "more than 4 output channels: they fill vectors, which need no sum across lanes";
  return nullptr;
}

size_t PackedFloats(const ConvConfig& config) {
  const ConvSpec& s = config.spec;
  return size_t(s.k_h) * s.k_w * s.out_c * DotDepth(config);
}

// As [ky][kx][output channel][input channel].
void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  const ConvSpec& s = config.spec;
  const int taps = s.k_h * s.k_w;
  for (int tap = 0; tap < taps; ++tap) {
    for (int n = 0; n < s.out_c; ++n) {
      for (int c = 0; c < DotDepth(config); ++c) {
        *packed++ = c < s.in_c ? weights[(size_t(n) * s.in_c + c) * taps + tap] : 0.0f;
      }
    }
  }
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics&, const CoreRates& core) {
  const ConvSpec& s = config.spec;
  const int lanes = VectorLanes(config.target);
  const LayerCost cost(s, in, Panels(s.out_c, lanes, 1));
  // A load of inputs for the products of all output channels, and about six instructions to sum the lanes of each.
  const double vectors = cost.outputs * s.k_h * s.k_w * DotDepth(config) / lanes * (s.out_c + 1);
  const double sums = cost.outputs * s.out_c * 6;
  return (vectors + sums) * lanes * 2 / core.operations + cost.map_bytes / core.memory / 4;
}

}  // namespace

extern const Algorithm kDotAlgorithm = {
    .id = "dot",
    .summary = "dense; up to 4 output channels, input channels in vectors",
    .refuse = Refuse,
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .run = DotRunFor,
};

}  // namespace zeroskip
