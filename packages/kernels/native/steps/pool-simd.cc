#include "parallel/thread_pool.h"
#include "simd/vectors-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

struct Range {
  int first, last;  // taps [first, last) that fall inside the map
};

Range InsideTaps(int origin, int kernel, int dilation, int extent) {
  Range r{0, kernel};
  while (r.first < kernel && origin + r.first * dilation < 0) ++r.first;
  while (r.last > r.first && origin + (r.last - 1) * dilation >= extent) --r.last;
  return r;
}

}  // namespace

void RunPool(const PoolStep& s, int threads) {
  const MapView& in = s.in;
  const MapView& out = s.out;
  ParallelFor(out.n * out.h, threads, [&](int task, int) {
    const D d;
    const int image = task / out.h;
    const int y = task % out.h;
    const int y0 = y * s.s_h - s.pad_t;
    const Range rows = InsideTaps(y0, s.k_h, s.d_h, in.h);
    for (int x = 0; x < out.w; ++x) {
      const int x0 = x * s.s_w - s.pad_l;
      const Range columns = InsideTaps(x0, s.k_w, s.d_w, in.w);
      int count = (rows.last - rows.first) * (columns.last - columns.first);
      if (s.count_include_pad) {
        // The window clipped to the padded map: a window that ceil_mode lets hang over counts only that much.
        const Range padded_rows = InsideTaps(y0 + s.pad_t, s.k_h, s.d_h, in.h + s.pad_t + s.pad_b);
        const Range padded_columns = InsideTaps(x0 + s.pad_l, s.k_w, s.d_w, in.w + s.pad_l + s.pad_r);
        count = (padded_rows.last - padded_rows.first) * (padded_columns.last - padded_columns.first);
      }
      const V scale = hn::Set(d, 1.0f / float(HWY_MAX(count, 1)));
      float* to = out.Pixel(image, y, x);
      for (int c = 0; c < out.c; c += kLanes) {
        V acc = s.max ? hn::Set(d, -HUGE_VALF) : hn::Zero(d);
        for (int ky = rows.first; ky < rows.last; ++ky) {
          const float* from = in.Pixel(image, y0 + ky * s.d_h, 0) + c;
          for (int kx = columns.first; kx < columns.last; ++kx) {
            const V v = LoadPartial(from + (x0 + kx * s.d_w) * in.stride, in.c - c);
            // Keeps a NaN: neither of its comparisons holds.
            acc = s.max ? hn::IfThenElse(hn::Le(v, acc), acc, v) : hn::Add(acc, v);
          }
        }
        StorePartial(s.max ? acc : hn::Mul(acc, scale), to + c, out.c - c);
      }
    }
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
