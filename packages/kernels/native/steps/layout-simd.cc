#include <cstring>

#include "parallel/thread_pool.h"
#include "simd/vectors-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {

void RunResize(const ResizeStep& s, int threads) {
  const MapView& in = s.in;
  const MapView& out = s.out;
  ParallelFor(out.n * out.h, threads, [&](int task, int) {
    const D d;
    const int image = task / out.h;
    const int y = task % out.h;
    const float* low_row = in.Pixel(image, s.rows.low[y], 0);
    const float* high_row = in.Pixel(image, s.rows.high[y], 0);
    const float fy = s.rows.weight[y];
    for (int x = 0; x < out.w; ++x) {
      const ptrdiff_t low = s.columns.low[x] * in.stride;
      const ptrdiff_t high = s.columns.high[x] * in.stride;
      const float fx = s.columns.weight[x];
      float* to = out.Pixel(image, y, x);
      if (fx == 0 && fy == 0) {  // nearest, or a linear sample that falls on a pixel: infinities stay
        std::memcpy(to, low_row + low, size_t(out.c) * sizeof(float));
        continue;
      }
      const V w00 = hn::Set(d, (1 - fy) * (1 - fx));
      const V w01 = hn::Set(d, (1 - fy) * fx);
      const V w10 = hn::Set(d, fy * (1 - fx));
      const V w11 = hn::Set(d, fy * fx);
      for (int c = 0; c < out.c; c += kLanes) {
        const int left = out.c - c;
        V v = hn::Mul(w00, LoadPartial(low_row + low + c, left));
        v = hn::MulAdd(w01, LoadPartial(low_row + high + c, left), v);
        v = hn::MulAdd(w10, LoadPartial(high_row + low + c, left), v);
        v = hn::MulAdd(w11, LoadPartial(high_row + high + c, left), v);
        StorePartial(v, to + c, left);
      }
    }
  });
}

void RunCopy(const MapStep& s, int threads) {
  ParallelFor(s.out.n * s.out.h, threads, [&](int task, int) {
    for (int x = 0; x < s.out.w; ++x) {
      std::memcpy(s.out.Pixel(task / s.out.h, task % s.out.h, x), s.in.Pixel(task / s.out.h, task % s.out.h, x),
                  size_t(s.out.c) * sizeof(float));
    }
  });
}

// Channels in blocks of a cache line, so that the strided side is read or written in whole lines.
constexpr int kBlock = 16;

void RunToChannelsLast(const MapStep& s, int threads) {
  const MapView& out = s.out;
  ParallelFor(out.n * out.h, threads, [&](int task, int) {
    const int image = task / out.h;
    const int y = task % out.h;
    const ptrdiff_t plane = ptrdiff_t(out.h) * out.w;
    const float* row = s.in.data + ptrdiff_t(image) * out.c * plane + ptrdiff_t(y) * out.w;
    for (int c0 = 0; c0 < out.c; c0 += kBlock) {
      const int c1 = HWY_MIN(c0 + kBlock, out.c);
      for (int x = 0; x < out.w; ++x) {
        float* to = out.Pixel(image, y, x);
        for (int c = c0; c < c1; ++c) to[c] = row[c * plane + x];
      }
    }
  });
}

void RunToChannelsFirst(const MapStep& s, int threads) {
  const MapView& in = s.in;
  ParallelFor(in.n * in.h, threads, [&](int task, int) {
    const int image = task / in.h;
    const int y = task % in.h;
    const ptrdiff_t plane = ptrdiff_t(in.h) * in.w;
    float* row = s.out.data + ptrdiff_t(image) * in.c * plane + ptrdiff_t(y) * in.w;
    for (int c0 = 0; c0 < in.c; c0 += kBlock) {
      const int c1 = HWY_MIN(c0 + kBlock, in.c);
      for (int x = 0; x < in.w; ++x) {
        const float* from = in.Pixel(image, y, x);
        for (int c = c0; c < c1; ++c) row[c * plane + x] = from[c];
      }
    }
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
