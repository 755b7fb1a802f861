#include "algorithms/cpo/cpo.h"

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec& s, const InputSize& in) {
  if (s.d_h > 1 || s.d_w > 1) return "a slab is a run of neighbouring columns, and a dilation leaves gaps in it";
  if (s.GroupIn() == 1) return "one input channel per group: an index per element would cost more than the products it saves";
  if (s.k_w > kCpoMaxKernelWidth) return "the kernel is wider than 255";
  const CpoWorkspace workspace(s, in);
  if (workspace.rows * s.k_w > 65535) return "positions in a slab of a band exceed 16 bits";
  const double elements = double(workspace.rows) * workspace.columns * workspace.channels;
  const double weights = double(workspace.rows) * s.k_w * s.GroupIn() * (s.GroupOut() + 64) * sizeof(float);
  if (elements >= 4294967296.0 || weights >= 4294967296.0) return "offsets into a band exceed 32 bits";
  return nullptr;
}

size_t PackedFloats(const ConvConfig& config) { return PackedByTapFloats(config.spec, CpoPanels(config)); }

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  PackByTap(config.spec, CpoPanels(config), weights, packed);
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics& map, const CoreRates& core) {
  const ConvSpec& s = config.spec;
  const LayerCost cost(s, in, CpoPanels(config));
  // Bands encode the rows between them again.
  const double rows = double(kCpoBandRows * s.s_h + s.k_h - s.s_h) / (kCpoBandRows * s.s_h);
  const double values = cost.inputs * s.in_c * rows;
  // A value is looked at; one that is not zero is copied to its group, counted, and copied to its row.
  const double encode = values * (4 + 400 * map.density);
  // Every product reads its weights.
  const double weights = cost.operations / 2 * map.density * sizeof(float);
  return (encode + weights) / core.l2 + cost.map_bytes / core.memory / 2;
}

size_t ScratchBytes(const ConvConfig& config, const InputSize& in, int threads) {
  return CpoWorkspace(config.spec, in).Bytes() * size_t(threads);
}

}  // namespace

extern const Algorithm kCpoAlgorithm = {
    .id = "cpo",
    .summary = "skips zeros; every non-zero element stored once and replayed over its slabs",
    .sparse = true,
    .refuse = Refuse,
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .scratch_bytes = ScratchBytes,
    .run = CpoRunFor,
};

}  // namespace zeroskip
