#include "algorithms/dot/dot.h"

#include <algorithm>

#include "parallel/parts.h"
#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "conv/finish-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Output rows of a task: the rows of input that they share stay in L2.
constexpr int kBandRows = 16;

// Output pixels at a time, beside a vector of inputs, one of weights, and spares.
template <int N>
constexpr int kPixels = std::min(8, (kRegisters - 4) / N);

// The taps of a pixel that meet the map: first, end.
struct Taps {
  int first, end;

  // Tap k of the output at `at` reads `at * stride + k * dilation - pad`, which must be in [0, extent).
  Taps(int at, int stride, int dilation, int pad, int taps, int extent) {
    const int start = at * stride - pad;
    first = start < 0 ? std::min(taps, (-start + dilation - 1) / dilation) : 0;
    end = start < extent ? std::min(taps, (extent - start + dilation - 1) / dilation) : 0;
  }
};

// `P` neighbouring outputs from (y, x) on, which meet the same taps.
template <int N, int P>
void RunPixels(const ConvArgs& args, int image, int y, int x, const Taps& rows, const Taps& columns) {
  const ConvSpec& s = *args.spec;
  const MapView& in = args.in;
  const D d;
  const int depth = DotDepth(*args.config);
  const ptrdiff_t step = s.s_w * in.stride;
  V acc[P][N];
  Unroll<P>([&](auto p) __attribute__((always_inline)) {
    Unroll<N>([&](auto n) __attribute__((always_inline)) { acc[p][n] = hn::Zero(d); });
  });
  for (int ky = rows.first; ky < rows.end; ++ky) {
    for (int kx = columns.first; kx < columns.end; ++kx) {
      const float* from = in.Pixel(image, y * s.s_h + ky * s.d_h - s.pad_t, x * s.s_w + kx * s.d_w - s.pad_l);
      const float* weights = args.packed + size_t(ky * s.k_w + kx) * N * depth;
      const auto add = [&](int c, auto load) __attribute__((always_inline)) {
        V w[N];
        Unroll<N>([&](auto n) __attribute__((always_inline)) { w[n] = hn::Load(d, weights + n * depth + c); });
        Unroll<P>([&](auto p) __attribute__((always_inline)) {
          const V v = load(from + p * step + c);
          Unroll<N>([&](auto n) __attribute__((always_inline)) { acc[p][n] = hn::MulAdd(v, w[n], acc[p][n]); });
        });
      };
      int c = 0;
      if (kLanes <= s.in_c) {
        do {  // tested behind each turn, as in GemmSums
          add(c, [&](const float* values) __attribute__((always_inline)) { return hn::LoadU(d, values); });
          c += kLanes;
        } while (c + kLanes <= s.in_c);
      }
      if (c < s.in_c) {
        add(c, [&](const float* values) __attribute__((always_inline)) { return LoadPartial(values, s.in_c - c); });
      }
    }
  }
  constexpr int kSums = (P * N + kLanes - 1) / kLanes * kLanes;
  HWY_ALIGN float sums[kSums] = {};
  Unroll<P>([&](auto p) __attribute__((always_inline)) {
    Unroll<N>([&](auto n) __attribute__((always_inline)) {
      sums[p * N + n] = hn::GetLane(hn::SumOfLanes(d, acc[p][n])) + args.bias[n];
    });
  });
  HWY_ALIGN float addends[kSums] = {};
  for (int p = 0; args.addend.data && p < P; ++p) std::copy_n(args.AddendAt(image, y, x + p, 0), N, addends + p * N);
  for (int i = 0; i < kSums; i += kLanes) {
    const float* addend = args.addend.data ? addends + i : nullptr;
    hn::Store(Finish(args.end, hn::Load(d, sums + i), addend, kLanes), d, sums + i);
  }
  for (int p = 0; p < P; ++p) std::copy_n(sums + p * N, N, args.out.Pixel(image, y, x + p));
}

template <int N>
void RunRow(const ConvArgs& args, int image, int y) {
  const ConvSpec& s = *args.spec;
  const auto taps_at = [&](int x) { return Taps(x, s.s_w, s.d_w, s.pad_l, s.k_w, args.in.w); };
  const Taps rows(y, s.s_h, s.d_h, s.pad_t, s.k_h, args.in.h);
  const auto inside = [&](int x) {
    const Taps columns = taps_at(x);
    return columns.first == 0 && columns.end == s.k_w;
  };
  for (int x = 0; x < args.out.w;) {
    if (x + kPixels<N> <= args.out.w && inside(x) && inside(x + kPixels<N> - 1)) {
      RunPixels<N, kPixels<N>>(args, image, y, x, rows, taps_at(x));
      x += kPixels<N>;
    } else {
      RunPixels<N, 1>(args, image, y, x, rows, taps_at(x));
      ++x;
    }
  }
}

constexpr void (*kRunRow[kDotMaxOutputs])(const ConvArgs&, int, int) = {RunRow<1>, RunRow<2>, RunRow<3>, RunRow<4>};

}  // namespace

void DotRun(const ConvArgs& args) {
  const MapView& out = args.out;
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  const Parts bands(out.h, kBandRows, out.n, workers);
  WorkerTimes times(workers, args.times);
  ParallelFor(out.n * bands.count, workers, [&](int task, int worker) {
    const Timer timer(args.times->timed);
    const int band = task % bands.count;
    for (int y = bands.First(band); y < bands.First(band + 1); ++y) {
      kRunRow[out.c - 1](args, task / bands.count, y);
    }
    times[worker].compute += timer.Seconds();
  });
  times[0].lowered = args.in.Bytes();
  times.AddUp();
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
