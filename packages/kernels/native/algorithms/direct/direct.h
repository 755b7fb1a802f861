// Direct convolution: what its packing (direct.cc) and its execution (direct-simd.cc) share.
#ifndef ZEROSKIP_ALGORITHMS_DIRECT_DIRECT_H_
#define ZEROSKIP_ALGORITHMS_DIRECT_DIRECT_H_

#include "conv/algorithm.h"
#include "conv/panels.h"
#include "parallel/parts.h"

namespace zeroskip {

ZS_PER_TARGET(int, DirectMaxPanel, ())
ZS_PER_TARGET(void, DirectRun, (const ConvArgs& args))

struct DirectLayer {
  // A block of output, up to kBlockPixels of it: its padded input stays in L2 beside a panel of weights.
  static constexpr int kBlockPixels = 384;
  static constexpr int kBlockColumns = 96;
  static constexpr int kBlockChannels = 128;
  static constexpr int kInPlaceChannels = 384;

  ConvSpec spec;
  // One output channel for each input channel: no sum over channels, so channels fill the vectors instead, and the
  // map is read where it lies.
  bool depthwise;
  // A kernel of one element that reads no border: its input is multiplied where it lies.
  bool in_place;
  Panels panels;
  int chunk, chunks;  // input channels summed at a time

  explicit DirectLayer(const ConvConfig& config)
      : spec(config.spec),
        depthwise(spec.GroupIn() == 1 && spec.GroupOut() == 1),
        in_place(!depthwise && spec.k_h * spec.k_w == 1 && spec.pad_t + spec.pad_l + spec.pad_b + spec.pad_r == 0),
        panels(spec.GroupOut(), VectorLanes(config.target), DirectMaxPanelFor(config.target)()) {
    const int most = in_place ? kInPlaceChannels : kBlockChannels;
    chunks = (spec.GroupIn() + most - 1) / most;
    chunk = (spec.GroupIn() + chunks - 1) / chunks;
  }
  int ChunkSize(int index) const {
    return std::min(chunk, spec.GroupIn() - index * chunk);
  }
  // Rows and columns of input under a block of output.
  int BlockHeight(int rows) const { return (rows - 1) * spec.s_h + (spec.k_h - 1) * spec.d_h + 1; }
  int BlockWidth(int columns) const { return (columns - 1) * spec.s_w + (spec.k_w - 1) * spec.d_w + 1; }
  // How the output is cut into blocks.
  Parts BlockColumns(const InputSize& in) const { return {spec.OutW(in.w), kBlockColumns, 1, 1}; }
  Parts BlockRows(const InputSize& in, int workers) const {
    const Parts columns = BlockColumns(in);
    const int64_t others = int64_t(columns.count) * in.n * (depthwise ? 1 : spec.group);
    return {spec.OutH(in.h), std::max(1, kBlockPixels / columns.Largest()), others, workers};
  }
  size_t BlockFloats(const InputSize& in, int workers) const {
    if (depthwise || in_place) return 0;
    const int height = BlockHeight(BlockRows(in, workers).Largest());
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
