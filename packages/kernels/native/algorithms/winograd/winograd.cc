#include "algorithms/winograd/winograd.h"

#include <algorithm>
#include <cstring>

namespace zeroskip {
namespace {

const char* Refuse(const ConvSpec& s, const InputSize& in) {
  if (s.k_h != kWinogradKernel || s.k_w != kWinogradKernel) return "its transforms are those of kernels of 3 x 3";
  if (s.s_h != 1 || s.s_w != 1) return "its tiles are of neighbouring outputs, and a stride leaves some out";
  if (s.d_h != 1 || s.d_w != 1) return "its tiles are of neighbouring inputs, and a dilation leaves some out";
  return RefuseDepthwise(s, in);
}

size_t PackedFloats(const ConvConfig& config) {
  const WinogradLayer layer(config);
  return layer.BlockOffset(config.spec.group, 0);
}

// The values of the polynomial of three weights at the points, divided by what interpolation there multiplies.
struct KernelTransform {
  double rows[6][kWinogradKernel] = {};

  explicit KernelTransform(int tile) {
    const std::vector<double> points = WinogradPoints(tile);
    for (size_t i = 0; i < points.size(); ++i) {
      double scale = 1;
      for (const double other : points) {
        if (other != points[i]) scale *= points[i] - other;
      }
      rows[i][0] = 1 / scale;
      rows[i][1] = points[i] / scale;
      rows[i][2] = points[i] * points[i] / scale;
    }
    rows[points.size()][2] = 1;
  }
};

// Of so many output channels at a time: their transformed weights are neighbours.
constexpr int kPrepared = 16;

void Prepare(const ConvConfig& config, const float* weights, float* packed) {
  const WinogradLayer layer(config);
  const ConvSpec& s = config.spec;
  const Panels& panels = layer.panels;
  const KernelTransform transform(layer.tile);
  const int in = s.GroupIn();
  const int taps = kWinogradKernel * kWinogradKernel;
  const int floats = panels.Floats();
  // Places past the last output channel are zeros.
  double kernels[kWinogradKernel][kWinogradKernel][kPrepared];
  double rows[kWinogradKernel][kPrepared];
  for (int task = 0; task < s.group * panels.count; ++task) {
    const int g = task / panels.count;
    const int panel = task % panels.count;
    const int block = panel / layer.wide;
    const size_t point_floats = size_t(layer.Wide(block)) * in * floats;
    float* const of_panel =
        packed + layer.BlockOffset(g, block) + size_t(panel - block * layer.wide) * in * floats;
    for (int c = 0; c < in; ++c) {
      for (int first = 0; first < floats; first += kPrepared) {
        const int count = std::min(kPrepared, floats - first);
        std::memset(kernels, 0, sizeof(kernels));
        for (int k = 0; k < std::min(count, panels.Valid(panel) - first); ++k) {
          const size_t m = size_t(g) * s.GroupOut() + panels.First(panel) + first + k;
          for (int tap = 0; tap < taps; ++tap) {
            kernels[tap / kWinogradKernel][tap % kWinogradKernel][k] = weights[(m * in + c) * taps + tap];
          }
        }
        for (int i = 0; i < layer.size; ++i) {
          const double* const down = transform.rows[i];
          for (int x = 0; x < kWinogradKernel; ++x) {
            for (int k = 0; k < kPrepared; ++k) {
              rows[x][k] = down[0] * kernels[0][x][k] + down[1] * kernels[1][x][k] + down[2] * kernels[2][x][k];
            }
          }
          for (int j = 0; j < layer.size; ++j) {
            const double* const across = transform.rows[j];
            float* const to = of_panel + (i * layer.size + j) * point_floats + size_t(c) * floats + first;
            for (int k = 0; k < count; ++k) {
              to[k] = float(across[0] * rows[0][k] + across[1] * rows[1][k] + across[2] * rows[2][k]);
            }
          }
        }
      }
    }
  }
}

double Seconds(const ConvConfig& config, const InputSize& in, const MapStatistics&, const CoreRates& core) {
  const WinogradLayer layer(config);
  const WinogradStrips strips(layer, in, config.target, 1);
  const LayerCost cost(config.spec, in, layer.panels);
  // Tiles of which only a part is in the map, and rows that fill up the product's, are computed like others.
  const double tiles = double(strips.units.extent) * strips.unit;
  const double products = 2 * tiles * layer.points * config.spec.GroupIn() * cost.lanes / core.operations / kGemmShare;
  // The weights come from memory once in a run of a network, with other streams beside them, and from the last cache
  // for the other strips.
  const double weight_bytes = double(PackedFloats(config)) * sizeof(float);
  const double weights = weight_bytes * 1.5 / core.memory + weight_bytes * (strips.units.count - 1) * 4 / core.l2;
  const double inputs = tiles * layer.points * layer.depth * config.spec.group * sizeof(float);
  const double outputs = tiles * layer.points * cost.lanes * sizeof(float);
  return std::max(products, weights) + std::min(products, weights) / 3 + (inputs * 4 + outputs * 3) / core.l2 +
         cost.map_bytes / core.memory / 2;
}

size_t ScratchBytes(const ConvConfig& config, const InputSize& in, int threads) {
  const WinogradLayer layer(config);
  return WinogradStrips(layer, in, config.target, threads).ScratchFloats(layer, threads) * sizeof(float);
}

}  // namespace

extern const Algorithm kWinogradAlgorithm = {
    .id = "winograd",
    .summary = "dense; 3x3 kernels by minimal filtering: a quarter of the products, between transforms",
    .strict = false,
    .parameters = {{"tile", "outputs of a row of a tile", 0, {2, 4}}},
    .refuse = Refuse,
    .packed_floats = PackedFloats,
    .prepare = Prepare,
    .seconds = Seconds,
    .scratch_bytes = ScratchBytes,
    .run = WinogradRunFor,
};

}  // namespace zeroskip
