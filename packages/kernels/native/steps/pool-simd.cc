#include "parallel/thread_pool.h"
#include "simd/vectors-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

struct Range {
  int first, last;  // taps [first, last) that fall inside the map
  int Count() const { return last - first; }
};

Range InsideTaps(int origin, int kernel, int dilation, int extent) {
  Range r{0, kernel};
  while (r.first < kernel && origin + r.first * dilation < 0) ++r.first;
  while (r.last > r.first && origin + (r.last - 1) * dilation >= extent) --r.last;
  return r;
}

// The taps of one output: `rows` x `columns` of them, floats apart.
struct Window {
  const float* first;
  int rows, columns;
  ptrdiff_t row_step, column_step;
};

// `N` vectors of channels from `c` on of one output; of a single one, `left` channels. Each vector is a chain of
// dependent operations: several run side by side.
template <bool kMax, int N>
HWY_INLINE void PoolVectors(const Window& window, int c, int left, V scale, float* to) {
  const D d;
  V acc[N];
  Unroll<N>([&](auto i) __attribute__((always_inline)) { acc[i] = kMax ? hn::Set(d, -HUGE_VALF) : hn::Zero(d); });
  for (int ky = 0; ky < window.rows; ++ky) {
    const float* from = window.first + ky * window.row_step + c;
    for (int kx = 0; kx < window.columns; ++kx, from += window.column_step) {
      Unroll<N>([&](auto i) __attribute__((always_inline)) {
        const V v = N > 1 ? hn::LoadU(d, from + i * kLanes) : LoadPartial(from, left);
        // Keeps a NaN: neither of its comparisons holds.
        acc[i] = kMax ? hn::IfThenElse(hn::Le(v, acc[i]), acc[i], v) : hn::Add(acc[i], v);
      });
    }
  }
  Unroll<N>([&](auto i) __attribute__((always_inline)) {
    const V v = kMax ? acc[i] : hn::Mul(acc[i], scale);
    if constexpr (N > 1) {
      hn::StoreU(v, d, to + c + i * kLanes);
    } else {
      StorePartial(v, to + c, left);
    }
  });
}

template <bool kMax>
void PoolRow(const PoolStep& s, int image, int y) {
  constexpr int kSide = 4;
  const MapView& in = s.in;
  const MapView& out = s.out;
  const int y0 = y * s.s_h - s.pad_t;
  const Range rows = InsideTaps(y0, s.k_h, s.d_h, in.h);
  for (int x = 0; x < out.w; ++x) {
    const int x0 = x * s.s_w - s.pad_l;
    const Range columns = InsideTaps(x0, s.k_w, s.d_w, in.w);
    int count = rows.Count() * columns.Count();
    if (s.count_include_pad) {
      // The window clipped to the padded map: a window that ceil_mode lets hang over counts only that much.
      count = InsideTaps(y0 + s.pad_t, s.k_h, s.d_h, in.h + s.pad_t + s.pad_b).Count() *
              InsideTaps(x0 + s.pad_l, s.k_w, s.d_w, in.w + s.pad_l + s.pad_r).Count();
    }
    const V scale = hn::Set(D(), 1.0f / float(HWY_MAX(count, 1)));
    const Window window = {in.Pixel(image, y0 + rows.first * s.d_h, x0 + columns.first * s.d_w), rows.Count(),
                           columns.Count(), s.d_h * in.row_stride, s.d_w * in.stride};
    float* to = out.Pixel(image, y, x);
    int c = 0;
    for (; c + kSide * kLanes <= out.c; c += kSide * kLanes) PoolVectors<kMax, kSide>(window, c, 0, scale, to);
    for (; c < out.c; c += kLanes) PoolVectors<kMax, 1>(window, c, out.c - c, scale, to);
  }
}

}  // namespace

void RunPool(const PoolStep& s, int threads) {
  ParallelFor(s.out.n * s.out.h, threads, [&](int task, int) {
    (s.max ? PoolRow<true> : PoolRow<false>)(s, task / s.out.h, task % s.out.h);
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
