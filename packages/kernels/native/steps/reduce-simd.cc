#include <cmath>

#include "elementwise/functions-inl.h"
#include "parallel/thread_pool.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int64_t kLeastElements = 8192;  // for a thread
constexpr int kUnrolled = 4;

// What a reduction starts from, and how it takes in a value.
struct Sum {
  static constexpr float kStart = 0;
  static HWY_INLINE V Combine(V a, V b) { return hn::Add(a, b); }
};
struct Product {
  static constexpr float kStart = 1;
  static HWY_INLINE V Combine(V a, V b) { return hn::Mul(a, b); }
};
struct Max {
  static constexpr float kStart = -HUGE_VALF;
  static HWY_INLINE V Combine(V a, V b) { return binary::Max(a, b); }
};
struct Min {
  static constexpr float kStart = HUGE_VALF;
  static HWY_INLINE V Combine(V a, V b) { return binary::Min(a, b); }
};

// The pixels of the input that one of the output comes from.
struct Pixels {
  const float* first;
  int n, h, w;
  ptrdiff_t image_stride, row_stride, stride;

  template <class F>
  HWY_INLINE void Each(const F& f) const {
    for (int image = 0; image < n; ++image) {
      for (int y = 0; y < h; ++y) {
        const float* from = first + image * image_stride + y * row_stride;
        for (int x = 0; x < w; ++x, from += stride) f(from);
      }
    }
  }
  int64_t Count() const { return int64_t(n) * h * w; }
};

// `kCount` vectors of channels from `c` on; of a single one, `left` channels.
template <class F, int kCount>
void ReducePixels(const Pixels& pixels, int c, int left, V divisor, float* to) {
  V acc[kCount];
  Unroll<kCount>([&](auto i) __attribute__((always_inline)) { acc[i] = Value(F::kStart); });
  pixels.Each([&](const float* from) __attribute__((always_inline)) {
    Unroll<kCount>([&](auto i) __attribute__((always_inline)) {
      const float* at = from + c + i * kLanes;
      acc[i] = F::Combine(acc[i], kCount > 1 ? hn::LoadU(D(), at) : LoadPartial(at, left));
    });
  });
  Unroll<kCount>([&](auto i) __attribute__((always_inline)) {
    StorePartial(hn::Div(acc[i], divisor), to + c + i * kLanes, kCount > 1 ? kLanes : left);
  });
}

// All channels of the pixels to one value.
template <class F>
void ReduceChannels(const Pixels& pixels, int channels, V divisor, float* to) {
  const D d;
  V acc[kUnrolled];
  for (V& each : acc) each = Value(F::kStart);
  pixels.Each([&](const float* from) __attribute__((always_inline)) {
    int c = 0;
    for (; c + kUnrolled * kLanes <= channels; c += kUnrolled * kLanes) {
      Unroll<kUnrolled>([&](auto i) __attribute__((always_inline)) {
        acc[i] = F::Combine(acc[i], hn::LoadU(d, from + c + i * kLanes));
      });
    }
    for (; c < channels; c += kLanes) {
      const int left = channels - c;
      const V x = LoadPartial(from + c, left);
      const V rest = left >= kLanes ? x : hn::IfThenElse(hn::FirstN(d, size_t(left)), x, Value(F::kStart));
      acc[0] = F::Combine(acc[0], rest);
    }
  });
  V all = F::Combine(F::Combine(acc[0], acc[1]), F::Combine(acc[2], acc[3]));
  HWY_ALIGN float lanes[kLanes];
  hn::Store(all, d, lanes);
  V one = Value(lanes[0]);
  for (int i = 1; i < kLanes; ++i) one = F::Combine(one, Value(lanes[i]));
  StorePartial(hn::Div(one, divisor), to, 1);
}

// A value for each channel, or one for all, as `F` joins them.
template <class F>
struct Joined {
  template <int kCount>
  static void OfPixels(const Pixels& pixels, int c, int left, V divisor, float* to) {
    ReducePixels<F, kCount>(pixels, c, left, divisor, to);
  }
  static void OfChannels(const Pixels& pixels, int channels, V divisor, float* to) {
    ReduceChannels<F>(pixels, channels, divisor, to);
  }
};

// The best value so far, which is the smallest or the largest, with its index: the last of equal ones, or the first.
template <bool kIsMin, bool kIsLast>
struct Best {
  V value, index;

  static HWY_INLINE hn::Mask<D> IsBetter(V x, V y) {
    if (kIsMin) return kIsLast ? hn::Le(x, y) : hn::Lt(x, y);
    return kIsLast ? hn::Ge(x, y) : hn::Gt(x, y);
  }
  HWY_INLINE void Take(V x, V at, hn::Mask<D> valid) {
    const auto better = hn::And(IsBetter(x, value), valid);
    value = hn::IfThenElse(better, x, value);
    index = hn::IfThenElse(better, at, index);
  }
};

// The index of the best value, as a float; 0 where the first one is a NaN, while others are left out.
template <bool kIsMin, bool kIsLast>
struct IndexOf {
  using BestOf = Best<kIsMin, kIsLast>;

  template <int kCount>
  static void OfPixels(const Pixels& pixels, int c, int left, V, float* to) {
    const auto load = [&](const float* from, auto i) __attribute__((always_inline)) {
      const float* at = from + c + i * kLanes;
      return kCount > 1 ? hn::LoadU(D(), at) : LoadPartial(at, left);
    };
    BestOf best[kCount];
    Unroll<kCount>([&](auto i) __attribute__((always_inline)) { best[i] = {load(pixels.first, i), Value(0)}; });
    V at = Value(0);
    const auto all = hn::FirstN(D(), size_t(kLanes));
    pixels.Each([&](const float* from) __attribute__((always_inline)) {
      Unroll<kCount>([&](auto i) __attribute__((always_inline)) { best[i].Take(load(from, i), at, all); });
      at = hn::Add(at, Value(1));
    });
    Unroll<kCount>([&](auto i) __attribute__((always_inline)) {
      StorePartial(best[i].index, to + c + i * kLanes, kCount > 1 ? kLanes : left);
    });
  }

  static void OfChannels(const Pixels& pixels, int channels, V, float* to) {
    const D d;
    if (*pixels.first != *pixels.first) {
      *to = 0;
      return;
    }
    BestOf best = {Value(kIsMin ? HUGE_VALF : -HUGE_VALF), Value(0)};
    V first = hn::Iota(d, 0);
    pixels.Each([&](const float* from) __attribute__((always_inline)) {
      for (int c = 0; c < channels; c += kLanes) {
        const int left = std::min(kLanes, channels - c);
        best.Take(LoadPartial(from + c, left), hn::Add(first, Value(float(c))), hn::FirstN(d, size_t(left)));
      }
      first = hn::Add(first, Value(float(channels)));
    });
    HWY_ALIGN float values[kLanes], indices[kLanes];
    hn::Store(best.value, d, values);
    hn::Store(best.index, d, indices);
    int winner = 0;
    for (int i = 1; i < kLanes; ++i) {
      const bool is_equal = values[i] == values[winner];
      const bool is_better = kIsMin ? values[i] < values[winner] : values[i] > values[winner];
      const bool is_before = indices[i] < indices[winner];
      if (is_better || (is_equal && is_before != kIsLast)) winner = i;
    }
    *to = indices[winner];
  }
};

template <class F>
void Reduce(const ReduceStep& s, int threads) {
  const MapView& in = s.in;
  const MapView& out = s.out;
  const bool keeps_channels = out.c == in.c;
  const int chunk = kUnrolled * kLanes;
  const int chunks = keeps_channels ? (out.c + chunk - 1) / chunk : 1;
  const int64_t elements = int64_t(in.n) * in.h * in.w * in.c;
  const int64_t tasks = int64_t(out.n) * out.h * out.w * chunks;
  const int workers = int(std::min<int64_t>(tasks, WorkersFor(elements, kLeastElements, threads)));
  // Of an axis that is kept one, else all.
  const auto extent = [](int from, int to) { return to == from ? 1 : from; };
  Pixels pixels = {nullptr,         extent(in.n, out.n), extent(in.h, out.h), extent(in.w, out.w),
                   in.image_stride, in.row_stride,       in.stride};
  const double count = double(pixels.Count()) * (keeps_channels ? 1 : in.c);
  const V divisor = Value(s.kind == Reduction::kMean ? float(count) : 1.0f);
  ParallelFor(workers, workers, [&](int worker, int) {
    Pixels own = pixels;
    for (int64_t task = tasks * worker / workers; task < tasks * (worker + 1) / workers; ++task) {
      const int64_t pixel = task / chunks;
      const int x = int(pixel % out.w);
      const int y = int(pixel / out.w % out.h);
      const int image = int(pixel / out.w / out.h);
      own.first = in.Pixel(out.n == in.n ? image : 0, out.h == in.h ? y : 0, out.w == in.w ? x : 0);
      float* const to = out.Pixel(image, y, x);
      if (!keeps_channels) {
        F::OfChannels(own, in.c, divisor, to);
        continue;
      }
      int c = int(task % chunks) * chunk;
      const int end = std::min(out.c, c + chunk);
      if (end - c == chunk) {
        F::template OfPixels<kUnrolled>(own, c, chunk, divisor, to);
        continue;
      }
      for (; c < end; c += kLanes) F::template OfPixels<1>(own, c, end - c, divisor, to);
    }
  });
}

}  // namespace

void RunReduce(const ReduceStep& s, int threads) {
  switch (s.kind) {
    case Reduction::kSum:
    case Reduction::kMean:
      return Reduce<Joined<Sum>>(s, threads);
    case Reduction::kProduct:
      return Reduce<Joined<Product>>(s, threads);
    case Reduction::kMax:
      return Reduce<Joined<Max>>(s, threads);
    case Reduction::kMin:
      return Reduce<Joined<Min>>(s, threads);
    case Reduction::kArgMax:
      return Reduce<IndexOf<false, false>>(s, threads);
    case Reduction::kArgMin:
      return Reduce<IndexOf<true, false>>(s, threads);
    case Reduction::kLastArgMax:
      return Reduce<IndexOf<false, true>>(s, threads);
    case Reduction::kLastArgMin:
      return Reduce<IndexOf<true, true>>(s, threads);
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
