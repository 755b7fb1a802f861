#include "algorithms/direct/direct.h"

#include <cstring>

#include "parallel/timer.h"
#include "simd/gemm-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

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

// The kernel rows that an output row multiplies. Only a dilation puts many of them outside the map; without one, the
// zeros of the border cost less than rows of output that cannot share tiles.
TapRange TapRows(const ConvSpec& s, int y, int height) {
  if (s.d_h == 1) return {0, 1, s.k_h, s.k_h};
  return {y * s.s_h - s.pad_t, s.d_h, s.k_h, height};
}

void RunBlock(const ConvArgs& args, const DirectLayer& layer, const Block& block, int group, float* padded,
              ConvTimes* times) {
  const ConvSpec& s = layer.spec;
  const Panels& panels = layer.panels;
  const int width = layer.BlockWidth(block.columns);
  for (int chunk = 0; chunk < layer.chunks; ++chunk) {
    const int channels = layer.ChunkSize(chunk);
    const int first = group * s.GroupIn() + chunk * layer.chunk;
    Timer timer(times->timed);
    const float* input = padded;
    ptrdiff_t pixel_floats = channels;
    ptrdiff_t row_floats = ptrdiff_t(width) * channels;
    if (layer.pointwise) {
      input = args.in.Pixel(block.image, block.y * s.s_h, block.x * s.s_w) + first;
      pixel_floats = args.in.stride;
      row_floats = args.in.row_stride;
      times->lowered += size_t(block.rows) * block.columns * channels * sizeof(float);
    } else {
      CopyPadded(args, layer, block, first, channels, padded);
      times->lowered += size_t(layer.BlockHeight(block.rows)) * width * channels * sizeof(float);
      times->encode += timer.Seconds();
      timer = Timer(times->timed);
    }
    // Without a dilation the taps of a kernel row are neighbours: one run.
    const bool merge = s.d_w == 1;
    const GemmRuns runs = {s.k_h, merge ? 1 : s.k_w, merge ? s.k_w * channels : channels, s.d_h * row_floats,
                           s.d_w * pixel_floats};
    for (int p = 0; p < panels.count; ++p) {
      const int channel = group * s.GroupOut() + panels.First(p);
      const float* weights = args.packed + layer.ChunkOffset(group, chunk) + p * layer.PanelFloats(chunk);
      const bool last = chunk + 1 == layer.chunks && p + 1 == panels.count;
      const GemmEdge edge = {chunk == 0 ? args.bias + channel : nullptr,
                             chunk + 1 == layer.chunks,
                             args.end,
                             panels.Valid(p),
                             weights + layer.PanelFloats(chunk),
                             last ? 0 : ptrdiff_t(layer.PanelFloats(chunk))};
      // Rows of output whose kernel rows meet the map alike.
      for (int row = 0, end; row < block.rows; row = end) {
        const TapRange taps = TapRows(s, block.y + row, args.in.h);
        for (end = row + 1; end < block.rows && TapRows(s, block.y + end, args.in.h) == taps;) ++end;
        const GemmRows rows = {input + (ptrdiff_t(row) * s.s_h + ptrdiff_t(taps.first) * s.d_h) * row_floats,
                               args.out.Pixel(block.image, block.y + row, block.x) + channel,
                               args.AddendAt(block.image, block.y + row, block.x, channel),
                               end - row,
                               block.columns,
                               s.s_w * pixel_floats,
                               s.s_h * row_floats,
                               args.out.stride,
                               args.out.row_stride,
                               args.addend.stride,
                               args.addend.row_stride};
        GemmRuns inside = runs;
        inside.outer = taps.end - taps.first;
        GemmPanel(panels.Vectors(p), panels.vectors, rows, inside,
                  weights + ptrdiff_t(taps.first) * s.k_w * channels * panels.Floats(), edge);
      }
    }
    times->compute += timer.Seconds();
  }
}

// Neighbouring outputs of a depthwise row, and the taps that meet the map there.
struct DepthwiseTile {
  const float* input;  // first output's first tap, channel 0
  ptrdiff_t tap_row, tap_column, pixel;  // floats between taps and between outputs
  const float* weights;                  // of the first tap, [ky][kx][c]
  int rows, columns;                     // taps
  float* out;
  const float* addend;  // may be null
};

// A vector of channels x kPixels outputs; `left` channels of it. `kTaps`: of a row of the kernel without a dilation,
// where outputs are `kStride` apart: what several of them meet is read once; 0 for others.
template <int kPixels, bool kWhole, int kTaps, int kStride>
HWY_INLINE void RunDepthwiseVector(const ConvArgs& args, const DepthwiseTile& tile, int c, int left) {
  const ConvSpec& s = *args.spec;
  const D d;
  const auto load = [&](const float* from) __attribute__((always_inline)) {
    return kWhole ? hn::LoadU(d, from) : LoadPartial(from, left);
  };
  V acc[kPixels];
  const V bias = load(args.bias + c);
  Unroll<kPixels>([&](auto i) __attribute__((always_inline)) { acc[i] = bias; });
  const int rows = tile.columns > 0 ? tile.rows : 0;
  for (int ky = 0; ky < rows; ++ky) {
    const float* from = tile.input + ky * tile.tap_row + c;
    const float* weights = tile.weights + ptrdiff_t(ky) * s.k_w * s.in_c + c;
    if constexpr (kTaps > 0) {
      V w[kTaps];
      Unroll<kTaps>([&](auto t) __attribute__((always_inline)) { w[t] = load(weights + t * s.in_c); });
      Unroll<(kPixels - 1) * kStride + kTaps>([&](auto j) __attribute__((always_inline)) {
        const V v = load(from);
        from += tile.tap_column;
        Unroll<kTaps>([&](auto t) __attribute__((always_inline)) {
          constexpr int i = j >= t && (j - t) % kStride == 0 ? (j - t) / kStride : kPixels;
          if constexpr (i < kPixels) acc[i] = hn::MulAdd(v, w[t], acc[i]);
        });
      });
    } else {
      int kx = 0;
      do {  // tested behind each turn, as in GemmSums
        const V w = load(weights);
        Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
          acc[i] = hn::MulAdd(load(from + i * tile.pixel), w, acc[i]);
        });
        weights += s.in_c;
        from += tile.tap_column;
      } while (++kx < tile.columns);
    }
  }
  const bool finishes = Clamp::Does(args.end.activation);
  const Clamp clamp(args.end.activation);
  Unroll<kPixels>([&](auto i) __attribute__((always_inline)) {
    float* to = tile.out + i * args.out.stride + c;
    V v = acc[i];
    if (tile.addend && finishes) {
      const float* addend = tile.addend + i * args.addend.stride + c;
      v = FinishBy(clamp, args.end.add_first, v, addend, kWhole ? kLanes : left);
    } else if (finishes) {
      v = clamp(v);
    }
    if constexpr (kWhole) {
      hn::StoreU(v, d, to);
    } else {
      StorePartial(v, to, left);
    }
  });
  if (finishes) return;
  for (int i = 0; i < kPixels; ++i) {
    const float* addend = tile.addend ? tile.addend + i * args.addend.stride + c : nullptr;
    FinishStored(args.end, tile.out + i * args.out.stride + c, addend, left);
  }
}

template <int kPixels, int kTaps, int kStride>
void RunDepthwiseTile(const ConvArgs& args, const DepthwiseTile& tile) {
  const int channels = args.spec->in_c;
  int c = 0;
  for (; c + kLanes <= channels; c += kLanes) RunDepthwiseVector<kPixels, true, kTaps, kStride>(args, tile, c, kLanes);
  if (c < channels) RunDepthwiseVector<kPixels, false, kTaps, kStride>(args, tile, c, channels - c);
}

void RunDepthwiseBlock(const ConvArgs& args, const Block& block) {
  const ConvSpec& s = *args.spec;
  const MapView& in = args.in;
  for (int y = block.y; y < block.y + block.rows; ++y) {
    const int top = y * s.s_h - s.pad_t;
    const TapRange rows(top, s.d_h, s.k_h, in.h);
    const auto run = [&](int x, auto pixels, auto taps, auto stride) {
      const int left = x * s.s_w - s.pad_l;
      const TapRange columns = pixels > 1 ? TapRange{0, 1, s.k_w, s.k_w} : TapRange(left, s.d_w, s.k_w, in.w);
      const DepthwiseTile tile = {
          in.Pixel(block.image, top + rows.first * s.d_h, left + columns.first * s.d_w),
          s.d_h * in.row_stride,
          s.d_w * in.stride,
          s.s_w * in.stride,
          args.packed + ptrdiff_t(rows.first * s.k_w + columns.first) * s.in_c,
          rows.end - rows.first,
          columns.end - columns.first,
          args.out.Pixel(block.image, y, x),
          args.AddendAt(block.image, y, x, 0)};
      RunDepthwiseTile<pixels, taps, stride>(args, tile);
    };
    // Outputs beside those inside the map are done one by one.
    const int end = block.x + block.columns;
    const auto [from, to] = InsideColumns(s, in.w, block.x, end);
    constexpr std::integral_constant<int, 1> one;
    constexpr std::integral_constant<int, 2> two;
    constexpr std::integral_constant<int, 0> any;
    const auto single = [&](int x) { run(x, one, any, one); };
    // The last tile computes some outputs again rather than few.
    const auto inside = [&](auto pixels) {
      const auto by = [&](auto taps, auto stride) {
        for (int x = from; x < to; x += pixels) run(HWY_MIN(x, to - pixels), pixels, taps, stride);
      };
      const auto with = [&](auto taps) { s.s_w == 1 ? by(taps, one) : by(taps, two); };
      if (s.d_w == 1 && s.s_w <= 2 && s.k_w == 3) return with(std::integral_constant<int, 3>{});
      if (s.d_w == 1 && s.s_w <= 2 && s.k_w == 5) return with(std::integral_constant<int, 5>{});
      by(any, one);
    };
    for (int x = block.x; x < from; ++x) single(x);
    if (to - from >= 8) {
      inside(std::integral_constant<int, 8>{});
    } else if (to - from >= 4) {
      inside(std::integral_constant<int, 4>{});
    } else {
      for (int x = from; x < to; ++x) single(x);
    }
    for (int x = to; x < end; ++x) single(x);
  }
}

}  // namespace

int DirectMaxPanel() { return kMaxPanel; }

void DirectRun(const ConvArgs& args) {
  const DirectLayer layer(*args.config);
  const MapView& out = args.out;
  const InputSize size = {args.in.n, args.in.h, args.in.w};
  const Parts rows = layer.BlockRows(size, args.threads);
  const Parts columns = layer.BlockColumns(size);
  const size_t block_floats = layer.BlockFloats(size);
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  WorkerTimes times(workers, args.times);
  ForEachBlock(out.n, layer.BlockGroups(), rows, columns, workers, [&](const Block& block, int group, int worker) {
    if (layer.depthwise) {
      const Timer timer(args.times->timed);
      RunDepthwiseBlock(args, block);
      times[worker].compute += timer.Seconds();
    } else {
      float* padded = reinterpret_cast<float*>(args.scratch) + size_t(worker) * block_floats;
      RunBlock(args, layer, block, group, padded, &times[worker]);
    }
  });
  if (layer.depthwise) times[0].lowered = args.in.Bytes();
  times.AddUp();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
