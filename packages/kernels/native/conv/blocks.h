// How convolutions that multiply a map where it lies cut their output, and what of the map is under a part of it.
#ifndef ZEROSKIP_CONV_BLOCKS_H_
#define ZEROSKIP_CONV_BLOCKS_H_

#include <algorithm>

#include "conv/algorithm.h"
#include "parallel/parts.h"
#include "parallel/thread_pool.h"

namespace zeroskip {

// A block of output: rows [y, y + rows), columns [x, x + columns) of one image.
struct Block {
  int image, y, x, rows, columns;
};

struct BlockedLayer {
  // A block of output, up to kBlockPixels of it: its padded input stays in L2 beside a panel of weights.
  static constexpr int kBlockPixels = 384;
  static constexpr int kBlockColumns = 96;

  ConvSpec spec;
  // One output channel for each input channel: no sum over channels, so channels fill the vectors instead, and the
  // map is read where it lies.
  bool depthwise;
  // A kernel of one element that reads no border.
  bool pointwise;

  BlockedLayer(const ConvSpec& s, bool is_depthwise)
      : spec(s),
        depthwise(is_depthwise),
        pointwise(!depthwise && s.k_h * s.k_w == 1 && s.pad_t + s.pad_l + s.pad_b + s.pad_r == 0) {}

  // Rows and columns of input under a block of output.
  int BlockHeight(int rows) const { return (rows - 1) * spec.s_h + (spec.k_h - 1) * spec.d_h + 1; }
  int BlockWidth(int columns) const { return (columns - 1) * spec.s_w + (spec.k_w - 1) * spec.d_w + 1; }
  // How the output is cut into blocks, each for one group.
  int BlockGroups() const { return depthwise ? 1 : spec.group; }
  Parts BlockColumns(const InputSize& in) const { return {spec.OutW(in.w), kBlockColumns, 1, 1}; }
  int MostBlockRows(const InputSize& in, int pixels = kBlockPixels) const {
    return std::max(1, pixels / BlockColumns(in).Largest());
  }
  Parts BlockRows(const InputSize& in, int workers, int pixels = kBlockPixels) const {
    const int64_t others = int64_t(BlockColumns(in).count) * in.n * BlockGroups();
    return {spec.OutH(in.h), MostBlockRows(in, pixels), others, workers};
  }
};

// body(block, group, worker) for all blocks.
template <class Body>
void ForEachBlock(int images, int groups, const Parts& rows, const Parts& columns, int workers, const Body& body) {
  const int64_t tasks = int64_t(images) * groups * rows.count * columns.count;
  ParallelFor(tasks, workers, [&](int64_t task, int worker) {
    const int x = int(task % columns.count);
    const int y = int(task / columns.count % rows.count);
    const int group = int(task / columns.count / rows.count % groups);
    const int image = int(task / columns.count / rows.count / groups);
    body(Block{image, rows.First(y), columns.First(x), rows.Size(y), columns.Size(x)}, group, worker);
  });
}

// The taps of one axis, [first, end), that lie inside `extent` for an output whose first tap is at `start`.
struct TapRange {
  int first, end;
  bool operator==(const TapRange&) const = default;
  TapRange(int start, int dilation, int taps, int extent)
      : first(start >= 0 ? 0 : std::min(taps, (-start + dilation - 1) / dilation)),
        end(start >= extent ? first : std::max(first, std::min(taps, (extent - start + dilation - 1) / dilation))) {}
};

// Of the outputs [begin, end) of a row, those [first, last) that every tap of a kernel row meets inside the map.
struct InsideColumns {
  int first, last;
  InsideColumns(const ConvSpec& s, int width, int begin, int end) {
    const int reach = width + s.pad_l - (s.k_w - 1) * s.d_w;
    first = std::min(end, std::max(begin, (s.pad_l + s.s_w - 1) / s.s_w));
    last = std::max(first, std::min(end, reach <= 0 ? 0 : (reach - 1) / s.s_w + 1));
  }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_BLOCKS_H_
