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
    for (int x = left; x < right; ++x, from += in.stride) {
      std::memcpy(to + size_t(x) * channels, from, size_t(channels) * sizeof(float));
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
    Timer timer;
    CopyPadded(args, layer, block, group * s.GroupIn() + chunk * layer.chunk, channels, padded);
    times->encode += timer.Seconds();
    timer = Timer();
    const ptrdiff_t row_floats = ptrdiff_t(width) * channels;
    // Without a dilation the taps of a kernel row are neighbours: one run.
    const bool merge = s.d_w == 1;
    const GemmRuns runs = {s.k_h, merge ? 1 : s.k_w, merge ? s.k_w * channels : channels, s.d_h * row_floats,
                           ptrdiff_t(s.d_w) * channels};
    for (int p = 0; p < panels.count; ++p) {
      const int channel = group * s.GroupOut() + panels.First(p);
      const GemmEdge edge = {chunk == 0 ? args.bias + channel : nullptr, chunk + 1 == layer.chunks, args.activation,
                             panels.Valid(p)};
      const float* weights = args.packed + layer.ChunkOffset(group, chunk) + p * layer.PanelFloats(chunk);
      for (int row = 0; row < block.rows; ++row) {
        GemmPanel(panels.Vectors(p), panels.vectors, padded + row * s.s_h * row_floats, ptrdiff_t(s.s_w) * channels,
                  runs, weights, args.out.Pixel(block.image, block.y + row, block.x) + channel, args.out.stride,
                  block.columns, edge);
      }
    }
    times->compute += timer.Seconds();
  }
}

// Depthwise: a vector of channels x up to kPixels neighbouring outputs.
constexpr int kPixels = 8;

void RunDepthwiseRow(const ConvArgs& args, const DirectLayer& layer, const float* padded, ptrdiff_t row_floats,
                     int channels, int first, int columns, float* out) {
  const ConvSpec& s = layer.spec;
  const ptrdiff_t pixel_step = ptrdiff_t(s.s_w) * channels;
  for (int c = 0; c < channels; c += kLanes) {
    const int left = channels - c;
    for (int x = 0; x < columns; x += kPixels) {
      V acc[kPixels];
      Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
        acc[i] = LoadPartial(args.bias + first + c, left);
      });
      const int last = HWY_MIN(kPixels, columns - x) - 1;
      for (int ky = 0; ky < s.k_h; ++ky) {
        for (int kx = 0; kx < s.k_w; ++kx) {
          const V w = LoadPartial(args.packed + size_t(ky * s.k_w + kx) * s.in_c + first + c, left);
          const float* from =
              padded + ky * s.d_h * row_floats + ptrdiff_t(kx) * s.d_w * channels + x * pixel_step + c;
          // Outputs past the last one compute it again.
          Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
            acc[i] = hn::MulAdd(LoadPartial(from + HWY_MIN(int(i), last) * pixel_step, left), w, acc[i]);
          });
        }
      }
      Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
        if (i <= last) {
          StorePartial(Activate(args.activation, acc[i]), out + (x + i) * args.out.stride + first + c, left);
        }
      });
    }
  }
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
    for (int row = 0; row < block.rows; ++row) {
      RunDepthwiseRow(args, layer, padded + row * s.s_h * row_floats, row_floats, channels, first, block.columns,
                      args.out.Pixel(block.image, block.y + row, block.x));
    }
    times->compute += timer.Seconds();
  }
}

}  // namespace

int DirectMaxPanel() { return kMaxPanel; }

void DirectRun(const ConvArgs& args) {
  const DirectLayer layer(*args.config);
  const MapView& out = args.out;
  const int row_blocks = (out.h + DirectLayer::kBlockRows - 1) / DirectLayer::kBlockRows;
  const int column_blocks = (out.w + DirectLayer::kBlockColumns - 1) / DirectLayer::kBlockColumns;
  const int groups = layer.depthwise ? 1 : layer.spec.group;
  const size_t block_floats = layer.BlockFloats({args.in.n, args.in.h, args.in.w});
  ConvTimes times[kMaxWorkers];
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  ParallelFor(out.n * groups * row_blocks * column_blocks, workers, [&](int task, int worker) {
    const int x = task % column_blocks * DirectLayer::kBlockColumns;
    const int y = task / column_blocks % row_blocks * DirectLayer::kBlockRows;
    const int group = task / column_blocks / row_blocks % groups;
    const int image = task / column_blocks / row_blocks / groups;
    const Block block = {image, y, x, HWY_MIN(DirectLayer::kBlockRows, out.h - y),
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
