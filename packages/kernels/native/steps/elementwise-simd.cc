#include <cmath>

#include "elementwise/functions-inl.h"
#include "parallel/thread_pool.h"
#include "simd/masks-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Calls body(row) for every row of pixels of `map`.
template <class F>
void ForRows(const MapView& map, int threads, const F& body) {
  ParallelFor(map.n * map.h, threads, [&](int task, int) { body(task / map.h, task % map.h); });
}

template <class F>
void MapVectors(const UnaryStep& s, int threads, const F& f) {
  ForRows(s.out, threads, [&](int image, int y) {
    // A row whose pixels leave no gaps is one long vector.
    const bool dense = s.in.stride == s.in.c && s.out.stride == s.out.c;
    const int pixels = dense ? 1 : s.out.w;
    const int length = dense ? s.out.w * s.out.c : s.out.c;
    for (int x = 0; x < pixels; ++x) {
      const float* from = s.in.Pixel(image, y, x);
      float* to = s.out.Pixel(image, y, x);
      for (int i = 0; i < length; i += kLanes) StorePartial(f(LoadPartial(from + i, length - i)), to + i, length - i);
    }
  });
}

template <class F>
void Combine(const BinaryStep& s, int threads, const F& f) {
  ForRows(s.out, threads, [&](int image, int y) {
    const D d;
    for (int x = 0; x < s.out.w; ++x) {
      const float* a = s.a.Pixel(image, y, x);
      const float* b = s.b.Pixel(s.b.n == 1 ? 0 : image, s.b.h == 1 ? 0 : y, s.b.w == 1 ? 0 : x);
      float* to = s.out.Pixel(image, y, x);
      const bool spread = s.b.c == 1;
      for (int c = 0; c < s.out.c; c += kLanes) {
        const int left = s.out.c - c;
        const V vb = spread ? hn::Set(d, *b) : LoadPartial(b + c, left);
        StorePartial(Activate(s.activation, f(LoadPartial(a + c, left), vb)), to + c, left);
      }
    }
  });
}

}  // namespace

void RunUnary(const UnaryStep& s, int threads) {
  switch (s.unary.function) {
#define ZS_UNARY(name, ...) \
  case Unary::k##name:      \
    return MapVectors(s, threads, [&](V x) { return unary::name(x, Value(s.unary.alpha), Value(s.unary.beta)); });
#include "elementwise/functions.inc"
  }
}

void RunBinary(const BinaryStep& s, int threads) {
  switch (s.function) {
#define ZS_BINARY(name, ...) \
  case Binary::k##name:      \
    return Combine(s, threads, [](V a, V b) { return binary::name(a, b); });
#include "elementwise/functions.inc"
  }
}

void RunSoftmax(const MapStep& s, int threads) {
  ForRows(s.out, threads, [&](int image, int y) {
    for (int x = 0; x < s.out.w; ++x) {
      const float* from = s.in.Pixel(image, y, x);
      float* to = s.out.Pixel(image, y, x);
      float max = from[0];
      for (int c = 1; c < s.in.c; ++c) max = from[c] > max ? from[c] : max;
      double sum = 0;
      for (int c = 0; c < s.in.c; ++c) sum += to[c] = std::exp(from[c] - max);
      for (int c = 0; c < s.in.c; ++c) to[c] = float(to[c] / sum);
    }
  });
}

size_t CountNonZeros(const MapView& map, int row_step, int threads) {
  size_t counts[kMaxWorkers] = {};
  const int workers = HWY_MIN(threads, kMaxWorkers);
  const int rows = (map.h + row_step - 1) / row_step;
  ParallelFor(map.n * rows, workers, [&](int task, int worker) {
    size_t count = 0;
    for (int x = 0; x < map.w; ++x) {
      const float* from = map.Pixel(task / rows, task % rows * row_step, x);
      for (int c = 0; c < map.c; c += 64) count += hwy::PopCount(NonZeroBits(from + c, HWY_MIN(64, map.c - c)));
    }
    counts[worker] += count;
  });
  size_t total = 0;
  for (size_t count : counts) total += count;
  return total;
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
