#include "quantized/maps.h"

#include <algorithm>
#include <cmath>

#include "parallel/thread_pool.h"
#include "quantized/dot-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

struct Bounds {
  float low = 0, high = 0;
};

Bounds BoundsOf(const float* from, ptrdiff_t count, Bounds so_far) {
  const D d;
  constexpr int kChains = 4;
  V low[kChains], high[kChains];
  Unroll<kChains>([&](auto i) __attribute__((always_inline)) {
    low[i] = hn::Set(d, so_far.low);
    high[i] = hn::Set(d, so_far.high);
  });
  ptrdiff_t i = 0;
  for (; i + kChains * kLanes <= count; i += kChains * kLanes) {
    Unroll<kChains>([&](auto k) __attribute__((always_inline)) {
      const V v = hn::LoadU(d, from + i + k * kLanes);
      low[k] = hn::Min(v, low[k]);
      high[k] = hn::Max(v, high[k]);
    });
  }
  for (; i < count; i += kLanes) {
    // Zeros beyond the end are within the bounds, which hold 0.
    const V v = LoadPartial(from + i, int(HWY_MIN(count - i, kLanes)));
    low[0] = hn::Min(v, low[0]);
    high[0] = hn::Max(v, high[0]);
  }
  Unroll<kChains>([&](auto k) __attribute__((always_inline)) {
    low[0] = hn::Min(low[0], low[k]);
    high[0] = hn::Max(high[0], high[k]);
  });
  HWY_ALIGN float lows[kLanes], highs[kLanes];
  hn::Store(low[0], d, lows);
  hn::Store(high[0], d, highs);
  return {*std::min_element(lows, lows + kLanes), *std::max_element(highs, highs + kLanes)};
}

// The larger of unsigned bytes where the sign of both is turned by `flip`.
HWY_INLINE void MaxOfBytes(const uint8_t* from, int count, uint8_t flip, uint8_t* to) {
  for (int i = 0; i < count; ++i) {
    const uint8_t a = from[i] ^ flip;
    const uint8_t b = to[i] ^ flip;
    to[i] = uint8_t((a > b ? a : b) ^ flip);
  }
}

}  // namespace

Quantization DynamicRange(const MapView& map, int threads) {
  Bounds all[kMaxWorkers];
  const int workers = HWY_MIN(threads, kMaxWorkers);
  const bool is_row = map.stride == map.c;
  ParallelFor(map.n * map.h, workers, [&](int task, int worker) {
    const float* const row = map.Pixel(task / map.h, task % map.h, 0);
    if (is_row) {
      all[worker] = BoundsOf(row, ptrdiff_t(map.w) * map.c, all[worker]);
    } else {
      for (int x = 0; x < map.w; ++x) all[worker] = BoundsOf(row + x * map.stride, map.c, all[worker]);
    }
  });
  Bounds bounds;
  for (const Bounds& part : all) {
    bounds.low = std::min(bounds.low, part.low);
    bounds.high = std::max(bounds.high, part.high);
  }
  const float scale = bounds.high == bounds.low ? 1.0f : (bounds.high - bounds.low) / 255.0f;
  const float zero = std::nearbyint(std::min(255.0f, std::max(0.0f, -bounds.low / scale)));
  return {Element::kUint8, scale, int(zero)};
}

void RunBytePool(const PoolStep& s, bool is_signed, int threads) {
  const ByteView in = AsBytes(s.in);
  const ByteView out = AsBytes(s.out);
  const uint8_t flip = is_signed ? 0x80 : 0;
  ParallelFor(out.n * out.h, threads, [&](int task, int) {
    const int image = task / out.h;
    const int y = task % out.h;
    for (int x = 0; x < out.w; ++x) {
      uint8_t* const to = out.Pixel(image, y, x);
      std::fill_n(to, out.c, flip);
      for (int ky = 0; ky < s.k_h; ++ky) {
        const int iy = y * s.s_h - s.pad_t + ky * s.d_h;
        if (iy < 0 || iy >= in.h) continue;
        for (int kx = 0; kx < s.k_w; ++kx) {
          const int ix = x * s.s_w - s.pad_l + kx * s.d_w;
          if (ix >= 0 && ix < in.w) MaxOfBytes(in.Pixel(image, iy, ix), out.c, flip, to);
        }
      }
    }
  });
}

void RunByteResize(const ResizeStep& s, int threads) {
  const ByteView in = AsBytes(s.in);
  const ByteView out = AsBytes(s.out);
  ParallelFor(out.n * out.h, threads, [&](int task, int) {
    const int image = task / out.h;
    const int y = task % out.h;
    for (int x = 0; x < out.w; ++x) {
      std::memcpy(out.Pixel(image, y, x), in.Pixel(image, s.rows.low[size_t(y)], s.columns.low[size_t(x)]),
                  size_t(out.c));
    }
  });
}

void RunBytesToChannelsLast(const MapStep& s, int threads) {
  const ByteView out = AsBytes(s.out);
  const uint8_t* const from = AsBytes(s.in).data;
  const size_t plane = size_t(out.h) * out.w;
  ParallelFor(out.n * out.h, threads, [&](int task, int) {
    const int image = task / out.h;
    const int y = task % out.h;
    const uint8_t* const row = from + size_t(image) * out.c * plane + size_t(y) * out.w;
    for (int c = 0; c < out.c; ++c) {
      uint8_t* const to = out.Pixel(image, y, 0) + c;
      for (int x = 0; x < out.w; ++x) to[x * out.stride] = row[c * plane + size_t(x)];
    }
  });
}

void RunBytesToChannelsFirst(const MapStep& s, int threads) {
  const ByteView in = AsBytes(s.in);
  uint8_t* const to = AsBytes(s.out).data;
  const size_t plane = size_t(in.h) * in.w;
  ParallelFor(in.n * in.h, threads, [&](int task, int) {
    const int image = task / in.h;
    const int y = task % in.h;
    uint8_t* const row = to + size_t(image) * in.c * plane + size_t(y) * in.w;
    for (int c = 0; c < in.c; ++c) {
      const uint8_t* const from = in.Pixel(image, y, 0) + c;
      for (int x = 0; x < in.w; ++x) row[c * plane + size_t(x)] = from[x * in.stride];
    }
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
