// Winograd's minimal filtering, F(m x m, 3 x 3): see docs/algorithms/winograd.md. What the packing (winograd.cc) and
// the execution (winograd-simd.cc) share: the points, and how a layer is cut up.
#ifndef ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_H_
#define ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_H_

#include "conv/algorithm.h"
#include "conv/panels.h"
#include "parallel/parts.h"

namespace zeroskip {

constexpr int kWinogradKernel = 3;

// Points where a row of m + 2 inputs and one of three weights are evaluated as polynomials; infinity follows them. Of
// symmetric points these lose the least; their squares are floats.
constexpr double kWinogradNear = 0.625;
constexpr double kWinogradFar = 1.5;
inline std::vector<double> WinogradPoints(int tile) {
  if (tile == 2) return {0, 1, -1};
  return {0, kWinogradNear, -kWinogradNear, kWinogradFar, -kWinogradFar};
}

// Vectors of a panel of outputs at most, and rows of tiles that are multiplied at a time by one of so many vectors.
ZS_PER_TARGET(int, WinogradMaxPanel, ())
ZS_PER_TARGET(int, WinogradRows, (int vectors))
ZS_PER_TARGET(void, WinogradRun, (const ConvArgs& args))

struct WinogradLayer {
  static constexpr int kBlockFloats = 64;
  static constexpr int kChunkChannels = 128;
  // One line between matrices: else the same element of all would compete for one set of the L1 cache.
  static constexpr int kGapFloats = 16;

  ConvSpec spec;
  int tile, size, points;  // outputs and inputs of a row of a tile; inputs of all its rows
  Panels panels;
  int wide;          // panels of a block, whose products lie in L2 together
  int blocks;
  int chunk, chunks;  // input channels summed at a time
  int depth;          // floats of a tile in a transformed matrix: input channels in whole vectors

  explicit WinogradLayer(const ConvConfig& config)
      : spec(config.spec),
        tile(config.parameters[0] > 0 ? config.parameters[0] : 4),
        size(tile + kWinogradKernel - 1),
        points(size * size),
        panels(spec.GroupOut(), VectorLanes(config.target), WinogradMaxPanelFor(config.target)()),
        wide(std::clamp(kBlockFloats / panels.Floats(), 1, panels.count)),
        blocks((panels.count + wide - 1) / wide) {
    chunks = (spec.GroupIn() + kChunkChannels - 1) / kChunkChannels;
    chunk = (spec.GroupIn() + chunks - 1) / chunks;
    depth = (spec.GroupIn() + panels.lanes - 1) / panels.lanes * panels.lanes;
  }
  int ChunkSize(int index) const { return std::min(chunk, spec.GroupIn() - index * chunk); }
  // Panels of a block.
  int Wide(int block) const { return std::min(wide, panels.count - block * wide); }
  // Packed weights are [group][block][point][panel][c][lane].
  size_t BlockOffset(int group, int block) const {
    return (size_t(group) * panels.count + size_t(block) * wide) * points * spec.GroupIn() * panels.Floats();
  }
};

// The tiles of all images, and the strips of them that are transformed together.
struct WinogradStrips {
  // A strip's transformed inputs and the products of a block of outputs stay in L2, or, where the weights of a panel
  // are more than these, are met by more tiles.
  static constexpr int kTiles = 48;
  static constexpr int kDeepTiles = 96;
  static constexpr int kDeepChannels = 256;

  int rows, columns;   // tiles of an image
  int unit;            // tiles that the product takes at a time
  int tiles;           // of all images
  bool shares_strips;  // workers share each strip, and its blocks of outputs: its weights are met by one of them only
  Parts units;         // of all tiles, cut into strips

  WinogradStrips(const WinogradLayer& layer, const InputSize& in, int target, int workers)
      : rows((layer.spec.OutH(in.h) + layer.tile - 1) / layer.tile),
        columns((layer.spec.OutW(in.w) + layer.tile - 1) / layer.tile),
        unit(WinogradRowsFor(target)(layer.panels.vectors)),
        tiles(in.n * rows * columns),
        shares_strips(workers > 1 && layer.blocks >= workers && tiles < layer.spec.GroupOut()),
        units((tiles + unit - 1) / unit, MostUnits(layer), layer.spec.group, shares_strips ? 1 : workers) {}

  int First(int strip) const { return units.First(strip) * unit; }
  int End(int strip) const { return std::min(tiles, units.First(strip + 1) * unit); }
  int Largest() const { return units.Largest() * unit; }
  // Floats from one transformed matrix to the next, and from one of products.
  size_t InputStep(const WinogradLayer& layer) const {
    return size_t(Largest()) * layer.depth + WinogradLayer::kGapFloats;
  }
  size_t ProductStep(const WinogradLayer& layer) const {
    return size_t(Largest()) * layer.wide * layer.panels.Floats() + WinogradLayer::kGapFloats;
  }
  size_t InputFloats(const WinogradLayer& layer) const { return layer.points * InputStep(layer); }
  size_t ProductFloats(const WinogradLayer& layer) const { return layer.points * ProductStep(layer); }
  size_t ScratchFloats(const WinogradLayer& layer, int workers) const {
    const size_t inputs = shares_strips ? 1 : size_t(workers);
    return inputs * InputFloats(layer) + size_t(workers) * ProductFloats(layer);
  }

 private:
  int MostUnits(const WinogradLayer& layer) const {
    return std::max(1, (layer.spec.GroupIn() < kDeepChannels ? kTiles : kDeepTiles) / unit);
  }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_H_
