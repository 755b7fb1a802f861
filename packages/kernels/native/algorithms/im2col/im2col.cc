#include "algorithms/im2col/im2col.h"

namespace zeroskip {
namespace {

size_t PackedFloats(const ConvConfig& config) { return PackedByTapFloats(config.spec, Im2colPanels(config)); }

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  PackByTap(config.spec, Im2colPanels(config), weights, packed);
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics&, const CoreRates& core) {
  const ConvSpec& s = config.spec;
  const LayerCost cost(s, in, Im2colPanels(config));
  const int depth = s.k_h * s.k_w * s.GroupIn();
  const int blocks = (depth + kIm2colBlockDepth - 1) / kIm2colBlockDepth;
  const double compute = cost.GemmSeconds(core, blocks);
  if (IsPointwise(s)) return compute + cost.map_bytes / core.memory / 4;
  const double lowered = cost.outputs * depth * s.group * sizeof(float);
  return compute + lowered * 4 / core.l2 + cost.map_bytes / core.memory / 2;
}

size_t ScratchBytes(const ConvConfig& config, const InputSize&, int threads) {
  const ConvSpec& s = config.spec;
  if (IsPointwise(s)) return 0;
  const int depth = std::min(kIm2colBlockDepth, s.k_h * s.k_w * s.GroupIn());
  return size_t(threads) * kIm2colBlockRows * depth * sizeof(float);
}

}  // namespace

extern const Algorithm kIm2colAlgorithm = {
    .id = "im2col",
    .summary = "lowers receptive fields to rows of a matrix, then a packed GEMM",
    .by_rows = true,
    .refuse = RefuseDepthwise,
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .scratch_bytes = ScratchBytes,
    .run = Im2colRunFor,
};

}  // namespace zeroskip
