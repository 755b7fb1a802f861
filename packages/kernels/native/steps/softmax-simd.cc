#include <cmath>

#include "elementwise/functions-inl.h"
#include "parallel/thread_pool.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int64_t kLeastElements = 4096;  // for a thread

// Highway's exponential of a NaN is 0; where there is a NaN, or only infinities, so is the sum, and 0 / 0 a NaN again.

// The channels of `pixels` pixels, at most kLanes of each: a lane for each pixel.
void SoftmaxLanes(const float* from, ptrdiff_t from_step, float* to, ptrdiff_t to_step, int pixels, int channels) {
  const D d;
  HWY_ALIGN float columns[kLanes * kLanes] = {};
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < channels; ++c) columns[c * kLanes + p] = from[p * from_step + c];
  }
  V max = hn::Load(d, columns);
  for (int c = 1; c < channels; ++c) max = binary::Max(max, hn::Load(d, columns + c * kLanes));
  V sum = hn::Zero(d);
  for (int c = 0; c < channels; ++c) {
    const V e = hn::Exp(d, hn::Sub(hn::Load(d, columns + c * kLanes), max));
    sum = hn::Add(sum, e);
    hn::Store(e, d, columns + c * kLanes);
  }
  for (int c = 0; c < channels; ++c) {
    hn::Store(hn::Div(hn::Load(d, columns + c * kLanes), sum), d, columns + c * kLanes);
    for (int p = 0; p < pixels; ++p) to[p * to_step + c] = columns[c * kLanes + p];
  }
}

// The same of two channels and nothing between the pixels, as detectors have for an object and the background.
void SoftmaxPairs(const float* from, float* to) {
  const D d;
  V a, b;
  hn::LoadInterleaved2(d, from, a, b);
  const V max = binary::Max(a, b);
  a = hn::Exp(d, hn::Sub(a, max));
  b = hn::Exp(d, hn::Sub(b, max));
  const V sum = hn::Add(a, b);
  hn::StoreInterleaved2(hn::Div(a, sum), hn::Div(b, sum), d, to);
}

// The channels of one pixel.
void SoftmaxPixel(const float* from, float* to, int channels) {
  const D d;
  V most = Value(-HUGE_VALF);
  for (int c = 0; c < channels; c += kLanes) {
    const int left = channels - c;
    const V x = LoadPartial(from + c, left);
    most = binary::Max(most, left >= kLanes ? x : hn::IfThenElse(hn::FirstN(d, size_t(left)), x, most));
  }
  float max = -HUGE_VALF;
  HWY_ALIGN float lanes[kLanes];
  hn::Store(most, d, lanes);
  for (const float lane : lanes) max = lane > max || std::isnan(lane) ? lane : max;
  V sums = hn::Zero(d);
  for (int c = 0; c < channels; c += kLanes) {
    const int left = channels - c;
    const V e = hn::Exp(d, hn::Sub(LoadPartial(from + c, left), Value(max)));
    sums = hn::Add(sums, left >= kLanes ? e : hn::IfThenElseZero(hn::FirstN(d, size_t(left)), e));
    StorePartial(e, to + c, left);
  }
  const V sum = hn::SumOfLanes(d, sums);
  for (int c = 0; c < channels; c += kLanes) {
    StorePartial(hn::Div(LoadPartial(to + c, channels - c), sum), to + c, channels - c);
  }
}

}  // namespace

void RunSoftmax(const MapStep& s, int threads) {
  const bool is_even = s.in.IsEven() && s.out.IsEven();
  const int64_t columns = is_even ? int64_t(s.out.n) * s.out.h * s.out.w : s.out.w;
  const int64_t pixels = int64_t(s.out.n) * s.out.h * s.out.w;
  const int workers = int(HWY_MIN(pixels, WorkersFor(pixels * s.out.c, kLeastElements, threads)));
  ParallelFor(workers, workers, [&](int number, int) {
    const int64_t end = pixels * (number + 1) / workers;
    int64_t taken;
    for (int64_t p = pixels * number / workers; p < end; p += taken) {
      const int64_t x = p % columns;
      const int row = int(p / columns);
      const float* from = s.in.Pixel(row / s.out.h, row % s.out.h, 0) + x * s.in.stride;
      float* to = s.out.Pixel(row / s.out.h, row % s.out.h, 0) + x * s.out.stride;
      if (s.out.c > kLanes) {
        taken = 1;
        SoftmaxPixel(from, to, s.out.c);
      } else {
        taken = HWY_MIN(kLanes, HWY_MIN(end - p, columns - x));
        const bool are_pairs = s.out.c == 2 && s.in.stride == 2 && s.out.stride == 2 && taken == kLanes;
        if (are_pairs) {
          SoftmaxPairs(from, to);
          continue;
        }
        SoftmaxLanes(from, s.in.stride, to, s.out.stride, int(taken), s.out.c);
      }
    }
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
