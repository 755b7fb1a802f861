#include "algorithms/direct/direct.h"

namespace zeroskip {
namespace {

size_t PackedFloats(const ConvConfig& config) {
  const DirectLayer layer(config);
  const ConvSpec& s = config.spec;
  return layer.depthwise ? size_t(s.k_h) * s.k_w * s.in_c : layer.ChunkOffset(s.group, 0);
}

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  const DirectLayer layer(config);
  const ConvSpec& s = config.spec;
  const int taps = s.k_h * s.k_w;
  if (layer.depthwise) {
    for (int tap = 0; tap < taps; ++tap) {
      for (int c = 0; c < s.in_c; ++c) *packed++ = weights[size_t(c) * taps + tap];
    }
    return;
  }
  for (int g = 0; g < s.group; ++g) {
    for (int chunk = 0; chunk < layer.chunks; ++chunk) {
      float* to = packed + layer.ChunkOffset(g, chunk);
      for (int p = 0; p < layer.panels.count; ++p, to += layer.PanelFloats(chunk)) {
        PackPanel(s, layer.panels, g, p, chunk * layer.chunk, layer.ChunkSize(chunk), weights, to);
      }
    }
  }
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics&, const CoreRates& core) {
  const DirectLayer layer(config);
  const ConvSpec& s = layer.spec;
  const LayerCost cost(s, in, layer.panels);
  const double maps = cost.map_bytes / core.memory;
  if (layer.depthwise) {
    // Inputs are loaded once for all products of a row of the kernel: half of the peak.
    return 2 * cost.outputs * s.in_c * s.k_h * s.k_w / (core.operations / 2) + maps;
  }
  const double compute = cost.GemmSeconds(core, layer.chunks);
  if (layer.pointwise) return compute + maps / 4;
  // Each block is copied with its border.
  const int rows = layer.BlockRows(in, 1).Largest();
  const int columns = layer.BlockColumns(in).Largest();
  const double border = double(layer.BlockHeight(rows)) * layer.BlockWidth(columns) / (double(rows) * columns);
  return compute + cost.outputs * border * s.in_c * sizeof(float) * 2 / core.l2 + maps / 2;
}

size_t ScratchBytes(const ConvConfig& config, const InputSize& in, int threads) {
  return DirectLayer(config).BlockFloats(in) * sizeof(float) * size_t(threads);
}

}  // namespace

extern const Algorithm kDirectAlgorithm = {
    .id = "direct",
    .summary = "dense; multiplies blocks of the padded map where they lie, depthwise included",
    .by_rows = true,
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .scratch_bytes = ScratchBytes,
    .run = DirectRunFor,
};

}  // namespace zeroskip
