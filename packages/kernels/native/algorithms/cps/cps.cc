#include "algorithms/cps/cps.h"

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec& s, const InputSize& in) {
  if (s.GroupIn() == 1) return "one input channel per group: an index per set would cost more than the products it saves";
  // Offsets in lists are 32-bit byte offsets from the origin of a field (places) and of a panel (weights).
  const double rows = double(s.k_h + CpsGeometry::kMaxOutputs * s.s_h);
  if (s.k_h * s.k_w == 1 && rows * in.w * s.in_c * sizeof(float) * 2 >= 4294967296.0) {
    return "a band of input rows exceeds 2 GiB";
  }
  const double panel_bytes = rows * s.k_w * s.GroupIn() * 8 * 64;
  if (panel_bytes >= 4294967296.0) return "the weights of a band of rows exceed 4 GiB";
  return nullptr;
}

size_t PackedFloats(const ConvConfig& config) {
  const CpsLayer layer(config);
  return layer.ChunkOffset(config.spec.group, 0);
}

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  const CpsLayer layer(config);
  const ConvSpec& s = config.spec;
  const CpsGeometry& geometry = layer.geometry;
  const Panels& panels = layer.panels;
  const int in = s.GroupIn();
  const int entries = s.k_h * geometry.taps;  // of each input channel
  for (int g = 0; g < s.group; ++g) {
    for (int chunk = 0; chunk < layer.chunks.count; ++chunk) {
      const int size = layer.chunks.Size(chunk);
      for (int p = 0; p < panels.count; ++p) {
        float* const of_panel = packed + layer.ChunkOffset(g, chunk) + p * layer.PanelFloats(chunk);
        // A panel of fewer vectors is packed without gaps, in a slot of the same size.
        const int floats = panels.Vectors(p) * panels.lanes;
        // The kernels of one input channel at a time: each is read once.
        for (int c = 0; c < size; ++c) {
          const size_t channel = size_t(chunk) * layer.chunks.size + c;
          for (int n = 0; n < floats; ++n) {
            const size_t m = size_t(g) * s.GroupOut() + panels.First(p) + n;
            const float* const kernel =
                n < panels.Valid(p) ? weights + (m * in + channel) * s.k_h * s.k_w : nullptr;
            for (int entry = 0; entry < entries; ++entry) {
              float* const to = of_panel + (size_t(entry) * size + c) * layer.EntryFloats() + n;
              const int ky = entry / geometry.taps;
              const int tap = entry % geometry.taps;
              for (int k = 0; k < geometry.kernel; ++k) {
                const int kx = geometry.replay ? k : tap;
                to[k * floats] = kernel ? kernel[ky * s.k_w + kx] : 0.0f;
              }
            }
          }
        }
      }
    }
  }
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics& map, const CoreRates& core) {
  const CpsLayer layer(config);
  const CpsGeometry& g = layer.geometry;
  const CpsWorkspace workspace(layer, in, 1);
  const ConvSpec& s = config.spec;
  const LayerCost cost(s, in, layer.panels);
  // Bands encode the rows between them again, and taps every value that they meet.
  const double met = cost.outputs * s.k_h * g.taps * s.in_c;
  const double encoded = met * workspace.rows / (double(workspace.outputs) * s.k_h);
  const double sets = map.sets / kCpsP;
  const double encode = (encoded * 8 + encoded * sets * 160) / core.l2 + cost.map_bytes / core.memory / 2;
  const double products = cost.operations * map.density / (core.operations * kGemmShare);
  const double weights = met * sets * cost.lanes / s.group * g.kernel * sizeof(float) / core.l2;
  // Lists begin and end.
  const double tiles = cost.outputs / kCpsP * layer.panels.count * layer.chunks.count;
  const double loops = tiles * kCpsPatterns * 200 / core.l2;
  const double rounds = std::max(products, weights) + std::min(products, weights) / 3;
  return encode + rounds + loops + cost.SumBytes(layer.chunks.count) / core.l2;
}

size_t ScratchBytes(const ConvConfig& config, const InputSize& in, int threads) {
  return CpsWorkspace(CpsLayer(config), in, threads).Bytes() * size_t(threads);
}

}  // namespace

extern const Algorithm kCpsAlgorithm = {
    .id = "cps",
    .summary = "skips zeros; sets of 4 neighbours sorted by pattern, one loop per pattern",
    .sparse = true,
    .parameters = {{"block", "input channels whose weights are met together", 0, {64, 128, 256}}},
    .refuse = Refuse,
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .scratch_bytes = ScratchBytes,
    .run = CpsRunFor,
};

}  // namespace zeroskip
