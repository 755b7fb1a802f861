#include "algorithms/direct/direct.h"

#include <cstring>

#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "simd/gemm-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// A block of output: rows [y, y + rows), columns [x, x + columns) of one image.
struct Block {
  int image, y, x, rows, columns;
};

// Copies the input under `block`, `channels` of it from `first`, to [row][column][channel], zeros in the border.
void CopyPadded(const ConvArgs& args, const DirectLayer& layer, const Block& block, int first, int channels,
                float* to) {
  const ConvSpec& s = layer.spec;
  const MapView& in = args.in;
  const int width = layer.BlockWidth(block.columns);
  const int x0 = block.x * s.s_w - s.pad_l;
  const int left = HWY_MIN(HWY_MAX(0, -x0), width);
  const int right = HWY_MAX(left, HWY_MIN(width, in.w - x0));
  for (int row = 0; row < layer.BlockHeight(block.rows); ++row, to += size_t(width) * channels) {
    const int y = block.y * s.s_h - s.pad_t + row;
    if (y < 0 || y >= in.h) {
      std::memset(to, 0, size_t(width) * channels * sizeof(float));
      continue;
    }
    std::memset(to, 0, size_t(left) * channels * sizeof(float));
    const float* from = in.Pixel(block.image, y, x0 + left) + first;
    if (in.stride == channels) {
      std::memcpy(to + size_t(left) * channels, from, size_t(right - left) * channels * sizeof(float));
    } else {
      for (int x = left; x < right; ++x, from += in.stride) {
        std::memcpy(to + size_t(x) * channels, from, size_t(channels) * sizeof(float));
      }
    }
    std::memset(to + size_t(right) * channels, 0, size_t(width - right) * channels * sizeof(float));
  }
}

void RunBlock(const ConvArgs& args, const DirectLayer& layer, const Block& block, int group, float* padded,
              ConvTimes* times) {
  const ConvSpec& s = layer.spec;
  const Panels& panels = layer.panels;
  const int width = layer.BlockWidth(block.columns);
  for (int chunk = 0; chunk < layer.chunks; ++chunk) {
    const int channels = layer.ChunkSize(chunk);
    const int first = group * s.GroupIn() + chunk * layer.chunk;
    Timer timer;
    const float* input = padded;
    ptrdiff_t pixel_floats = channels;
    ptrdiff_t row_floats = ptrdiff_t(width) * channels;
    if (layer.in_place) {
      input = args.in.Pixel(block.image, block.y * s.s_h, block.x * s.s_w) + first;
      pixel_floats = args.in.stride;
      row_floats = ptrdiff_t(args.in.w) * args.in.stride;
    } else {
      CopyPadded(args, layer, block, first, channels, padded);
      times->encode += timer.Seconds();
      timer = Timer();
    }
    // Without a dilation the taps of a kernel row are neighbours: one run.
    const bool merge = s.d_w == 1;
    const GemmRuns runs = {s.k_h, merge ? 1 : s.k_w, merge ? s.k_w * channels : channels, s.d_h * row_floats,
                           s.d_w * pixel_floats};
    for (int p = 0; p < panels.count; ++p) {
      const int channel = group * s.GroupOut() + panels.First(p);
      const GemmEdge edge = {chunk == 0 ? args.bias + channel : nullptr, chunk + 1 == layer.chunks, args.activation,
                             panels.Valid(p)};
      const GemmRows rows = {input,
                             args.out.Pixel(block.image, block.y, block.x) + channel,
                             block.rows,
                             block.columns,
                             s.s_w * pixel_floats,
                             s.s_h * row_floats,
                             args.out.stride,
                             ptrdiff_t(args.out.w) * args.out.stride};
      GemmPanel(panels.Vectors(p), panels.vectors, rows, runs,
                args.packed + layer.ChunkOffset(group, chunk) + p * layer.PanelFloats(chunk), edge);
    }
    times->compute += timer.Seconds();
  }
}

// One row of outputs of a block of channels.
struct DepthwiseRow {
  const float* input;  // [row][column][channel]
  ptrdiff_t tap_row, tap_column, pixel;  // floats between taps and between outputs
  const float* weights;                  // [ky][kx][c]
  ptrdiff_t weights_step;
  const float* bias;
  float* out;
  ptrdiff_t out_step;
  int columns;
};

// A vector of channels x kPixels neighbouring outputs, `left` channels of it.
template <int kPixels, bool kWhole>
HWY_INLINE void RunDepthwiseTile(const ConvArgs& args, const DepthwiseRow& row, int c, int x, int left) {
  const ConvSpec& s = *args.spec;
  const D d;
  const auto load = [&](const float* from) __attribute__((always_inline)) {
    return kWhole ? hn::LoadU(d, from) : LoadPartial(from, left);
  };
  V acc[kPixels];
  const V bias = load(row.bias + c);
  Unroll<kPixels>([&](auto i) __attribute__((always_inline)) { acc[i] = bias; });
  const float* weights = row.weights + c;
  for (int ky = 0; ky < s.k_h; ++ky) {
    const float* from = row.input + ky * row.tap_row + x * row.pixel + c;
    for (int kx = 0; kx < s.k_w; ++kx, weights += row.weights_step, from += row.tap_column) {
      const V w = load(weights);
      Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
        acc[i] = hn::MulAdd(load(from + i * row.pixel), w, acc[i]);
      });
    }
  }
  Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
    float* to = row.out + (x + i) * row.out_step + c;
    const V v = Activate(args.activation, acc[i]);
    if constexpr (kWhole) {
      hn::StoreU(v, d, to);
    } else {
      StorePartial(v, to, left);
    }
  });
}

template <int kPixels, bool kWhole>
void RunDepthwiseColumns(const ConvArgs& args, const DepthwiseRow& row, int c, int left) {
  // The last tile computes some outputs again rather than few.
  for (int x = 0; x < row.columns; x += kPixels) {
    RunDepthwiseTile<kPixels, kWhole>(args, row, c, HWY_MIN(x, row.columns - kPixels), left);
  }
}

template <bool kWhole>
void RunDepthwiseVector(const ConvArgs& args, const DepthwiseRow& row, int c, int left) {
  if (row.columns >= 8) return RunDepthwiseColumns<8, kWhole>(args, row, c, left);
  if (row.columns >= 4) return RunDepthwiseColumns<4, kWhole>(args, row, c, left);
  RunDepthwiseColumns<1, kWhole>(args, row, c, left);
}

void RunDepthwiseBlock(const ConvArgs& args, const DirectLayer& layer, const Block& block, float* padded,
                       ConvTimes* times) {
  const ConvSpec& s = layer.spec;
  for (int chunk = 0; chunk < layer.chunks; ++chunk) {
    const int first = chunk * layer.chunk;
    const int channels = layer.ChunkSize(chunk);
    Timer timer;
    CopyPadded(args, layer, block, first, channels, padded);
    times->encode += timer.Seconds();
    timer = Timer();
    const ptrdiff_t row_floats = ptrdiff_t(layer.BlockWidth(block.columns)) * channels;
    for (int y = 0; y < block.rows; ++y) {
      const DepthwiseRow row = {padded + y * s.s_h * row_floats,
                                s.d_h * row_floats,
                                ptrdiff_t(s.d_w) * channels,
                                ptrdiff_t(s.s_w) * channels,
                                args.packed + first,
                                s.in_c,
                                args.bias + first,
                                args.out.Pixel(block.image, block.y + y, block.x) + first,
                                args.out.stride,
                                block.columns};
      for (int c = 0; c < channels; c += kLanes) {
        const int left = channels - c;
        left < kLanes ? RunDepthwiseVector<false>(args, row, c, left) : RunDepthwiseVector<true>(args, row, c, left);
      }
    }
    times->compute += timer.Seconds();
  }
}

}  // namespace

int DirectMaxPanel() { return kMaxPanel; }

void DirectRun(const ConvArgs& args) {
  const DirectLayer layer(*args.config);
  const MapView& out = args.out;
  const InputSize size = {args.in.n, args.in.h, args.in.w};
  const int block_rows = layer.BlockRows(size, args.threads);
  const int row_blocks = (out.h + block_rows - 1) / block_rows;
  const int column_blocks = (out.w + DirectLayer::kBlockColumns - 1) / DirectLayer::kBlockColumns;
  const int groups = layer.depthwise ? 1 : layer.spec.group;
  const size_t block_floats = layer.BlockFloats(size, args.threads);
  ConvTimes times[kMaxWorkers];
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  ParallelFor(out.n * groups * row_blocks * column_blocks, workers, [&](int task, int worker) {
    const int x = task % column_blocks * DirectLayer::kBlockColumns;
    const int y = task / column_blocks % row_blocks * block_rows;
    const int group = task / column_blocks / row_blocks % groups;
    const int image = task / column_blocks / row_blocks / groups;
    const Block block = {image, y, x, HWY_MIN(block_rows, out.h - y),
                         HWY_MIN(DirectLayer::kBlockColumns, out.w - x)};
    float* padded = reinterpret_cast<float*>(args.scratch) + size_t(worker) * block_floats;
    if (layer.depthwise) {
      RunDepthwiseBlock(args, layer, block, padded, &times[worker]);
    } else {
      RunBlock(args, layer, block, group, padded, &times[worker]);
    }
  });
  AddTimes(times, workers, args.times);
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
