// Direct convolution: what its packing (direct.cc) and its execution (direct-simd.cc) share.
#ifndef ZEROSKIP_ALGORITHMS_DIRECT_DIRECT_H_
#define ZEROSKIP_ALGORITHMS_DIRECT_DIRECT_H_

#include "conv/blocks.h"
#include "conv/panels.h"

namespace zeroskip {

ZS_PER_TARGET(int, DirectMaxPanel, ())
ZS_PER_TARGET(void, DirectRun, (const ConvArgs& args))

struct DirectLayer : BlockedLayer {
  static constexpr int kBlockChannels = 128;
  static constexpr int kPointwiseChannels = 384;

  Panels panels;
  int chunk, chunks;  // input channels summed at a time

  explicit DirectLayer(const ConvConfig& config)
      : BlockedLayer(config.spec, config.spec.GroupIn() == 1 && config.spec.GroupOut() == 1),
        panels(spec.GroupOut(), VectorLanes(config.target), DirectMaxPanelFor(config.target)()) {
    const int most = pointwise ? kPointwiseChannels : kBlockChannels;
    chunks = (spec.GroupIn() + most - 1) / most;
    chunk = (spec.GroupIn() + chunks - 1) / chunks;
  }
  int ChunkSize(int index) const {
    return std::min(chunk, spec.GroupIn() - index * chunk);
  }
  size_t BlockFloats(const InputSize& in) const {
    if (depthwise || pointwise) return 0;
    // Of a part of the map no more: with fewer rows, a block may have more of them, but never more than that.
    const int height = BlockHeight(std::min(spec.OutH(in.h), MostBlockRows(in)));
    return (size_t(height) * BlockWidth(BlockColumns(in).Largest()) * chunk + 15) / 16 * 16;
  }
  size_t PanelFloats(int index) const { return size_t(spec.k_h) * spec.k_w * ChunkSize(index) * panels.Floats(); }
  // Packed weights are [group][chunk][panel][ky][kx][c][lane]; depthwise ones [ky][kx][c].
  size_t ChunkOffset(int group, int index) const {
    return (size_t(group) * spec.GroupIn() + size_t(index) * chunk) * spec.k_h * spec.k_w * panels.Floats() *
           panels.count;
  }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_DIRECT_DIRECT_H_
