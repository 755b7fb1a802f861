#include "algorithms/mec/mec.h"

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec& s, const InputSize& in) {
  if (s.d_h > 1) return "the rows of a receptive field must follow each other in a slab, and a dilation parts them";
  return RefuseDepthwise(s, in);
}

size_t PackedFloats(const ConvConfig& config) { return PackedByTapFloats(config.spec, MecPanels(config)); }

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  PackByTap(config.spec, MecPanels(config), weights, packed);
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics&, const CoreRates& core) {
  const ConvSpec& s = config.spec;
  const LayerCost cost(s, in, MecPanels(config));
  const int blocks = (s.k_h * s.k_w * s.GroupIn() + kMecBlockDepth - 1) / kMecBlockDepth;
  const double compute = cost.GemmSeconds(core, blocks);
  const int bands = (s.OutH(in.h) + kMecBandRows - 1) / kMecBandRows;
  // A band's slabs exceed L2.
  const double lowered = double(MecBandFloats(s, in)) * s.group * in.n * bands * sizeof(float);
  return compute + lowered * 8 / core.l2 + cost.map_bytes / core.memory / 2;
}

size_t ScratchBytes(const ConvConfig& config, const InputSize& in, int threads) {
  return MecBandFloats(config.spec, in) * sizeof(float) * size_t(threads);
}

}  // namespace

extern const Algorithm kMecAlgorithm = {
    .id = "mec",
    .summary = "dense; lowers vertical slabs only, then one small GEMM per output row",
    .refuse = Refuse,
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .scratch_bytes = ScratchBytes,
    .run = MecRunFor,
};

}  // namespace zeroskip
