#include <cstring>

#include "parallel/parts.h"
#include "parallel/thread_pool.h"
#include "simd/vectors-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// A row of an output of one channel, kLanes pixels at a time; at least that many.
void ResizePlaneRow(const ResizeStep& s, const float* low_row, const float* high_row, float fy, float* to) {
  const D d;
  const hn::RebindToSigned<D> di;
  const auto stride = hn::Set(di, int32_t(s.in.stride));
  const V one = hn::Set(d, 1.0f);
  const V y = hn::Set(d, fy);
  for (int x = 0; x < s.out.w; x += kLanes) {
    x = HWY_MIN(x, s.out.w - kLanes);  // the last vector computes some pixels again
    const auto low = hn::Mul(hn::LoadU(di, s.columns.low.data() + x), stride);
    const auto high = hn::Mul(hn::LoadU(di, s.columns.high.data() + x), stride);
    const V fx = hn::LoadU(d, s.columns.weight.data() + x);
    // What has no weight is left out: an infinity times zero is no number.
    const auto between = hn::Ne(fx, hn::Zero(d));
    V v = hn::Mul(hn::Mul(hn::Sub(one, y), hn::Sub(one, fx)), hn::GatherIndex(d, low_row, low));
    const V right = hn::Mul(hn::Sub(one, y), fx);
    v = hn::IfThenElse(between, hn::MulAdd(right, hn::GatherIndex(d, low_row, high), v), v);
    if (fy != 0) {
      v = hn::MulAdd(hn::Mul(y, hn::Sub(one, fx)), hn::GatherIndex(d, high_row, low), v);
      v = hn::IfThenElse(between, hn::MulAdd(hn::Mul(y, fx), hn::GatherIndex(d, high_row, high), v), v);
    }
    if (s.out.stride == 1) {
      hn::StoreU(v, d, to + x);
    } else {
      HWY_ALIGN float lanes[kLanes];
      hn::Store(v, d, lanes);
      for (int i = 0; i < kLanes; ++i) to[(x + i) * s.out.stride] = lanes[i];
    }
  }
}

}  // namespace

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
    if (out.c == 1 && out.w >= kLanes && in.row_stride <= INT32_MAX) {
      return ResizePlaneRow(s, low_row, high_row, fy, out.Pixel(image, y, 0));
    }
    for (int x = 0; x < out.w; ++x) {
      const ptrdiff_t low = s.columns.low[x] * in.stride;
      const ptrdiff_t high = s.columns.high[x] * in.stride;
      const float fx = s.columns.weight[x];
      float* to = out.Pixel(image, y, x);
      if (fx == 0 && fy == 0) {  // nearest, or a linear sample that falls on a pixel
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
        // What has no weight is left out: an infinity times zero is no number.
        if (fx != 0) v = hn::MulAdd(w01, LoadPartial(low_row + high + c, left), v);
        if (fy != 0) v = hn::MulAdd(w10, LoadPartial(high_row + low + c, left), v);
        if (fx != 0 && fy != 0) v = hn::MulAdd(w11, LoadPartial(high_row + high + c, left), v);
        StorePartial(v, to + c, left);
      }
    }
  });
}

// Pixels and channels in blocks of a cache line: planes are often a power of two apart, and lines that far apart
// displace each other, so that each must be read or written whole, at once.
constexpr int kBlock = 16;
constexpr int64_t kLeastCopied = 1 << 15;  // for a thread

// to[c * to_step + x] = from[x * from_step + c] for four of each.
#if HWY_TARGET == HWY_SCALAR
void TransposeFour(const float* from, ptrdiff_t from_step, float* to, ptrdiff_t to_step) {
  for (int c = 0; c < 4; ++c) {
    for (int x = 0; x < 4; ++x) to[c * to_step + x] = from[x * from_step + c];
  }
}
#else
HWY_INLINE void TransposeFour(const float* from, ptrdiff_t from_step, float* to, ptrdiff_t to_step) {
  const hn::FixedTag<float, 4> d;
  const auto r0 = hn::LoadU(d, from);
  const auto r1 = hn::LoadU(d, from + from_step);
  const auto r2 = hn::LoadU(d, from + 2 * from_step);
  const auto r3 = hn::LoadU(d, from + 3 * from_step);
  const auto lower01 = hn::InterleaveLower(d, r0, r1);
  const auto lower23 = hn::InterleaveLower(d, r2, r3);
  const auto upper01 = hn::InterleaveUpper(d, r0, r1);
  const auto upper23 = hn::InterleaveUpper(d, r2, r3);
  hn::StoreU(hn::ConcatLowerLower(d, lower23, lower01), d, to);
  hn::StoreU(hn::ConcatUpperUpper(d, lower23, lower01), d, to + to_step);
  hn::StoreU(hn::ConcatLowerLower(d, upper23, upper01), d, to + 2 * to_step);
  hn::StoreU(hn::ConcatUpperUpper(d, upper23, upper01), d, to + 3 * to_step);
}
#endif

// The same for up to kBlock of each.
void TransposeBlock(const float* from, ptrdiff_t from_step, int xs, int cs, float* to, ptrdiff_t to_step) {
  int x = 0;
  for (; x + 4 <= xs; x += 4) {
    int c = 0;
    for (; c + 4 <= cs; c += 4) {
      TransposeFour(from + x * from_step + c, from_step, to + c * to_step + x, to_step);
    }
    for (; c < cs; ++c) {
      for (int i = x; i < x + 4; ++i) to[c * to_step + i] = from[i * from_step + c];
    }
  }
  for (; x < xs; ++x) {
    for (int c = 0; c < cs; ++c) to[c * to_step + x] = from[x * from_step + c];
  }
}

// A rows x columns matrix, transposed.
void Transpose(const float* from, ptrdiff_t from_step, int rows, int columns, float* to, ptrdiff_t to_step) {
  for (int c = 0; c < columns; c += kBlock) {
    for (int x = 0; x < rows; x += kBlock) {
      TransposeBlock(from + x * from_step + c, from_step, HWY_MIN(kBlock, rows - x), HWY_MIN(kBlock, columns - c),
                     to + c * to_step + x, to_step);
    }
  }
}

// Three rows of planes to pixels of three channels, which photos have.
void Interleave(const float* from, ptrdiff_t plane, int pixels, float* to) {
  int x = 0;
#if HWY_TARGET != HWY_SCALAR
  const D d;
  for (; x + kLanes <= pixels; x += kLanes) {
    const auto row = [&](int c) { return hn::LoadU(d, from + c * plane + x); };
    hn::StoreInterleaved3(row(0), row(1), row(2), d, to + 3 * x);
  }
#endif
  for (; x < pixels; ++x) {
    for (int c = 0; c < 3; ++c) to[3 * x + c] = from[c * plane + x];
  }
}

void RunToChannelsLast(const MapStep& s, int threads) {
  const MapView& out = s.out;
  const ptrdiff_t plane = ptrdiff_t(out.h) * out.w;
  const int workers = WorkersFor(int64_t(out.n) * plane * out.c, kLeastCopied, threads);
  ParallelFor(out.n * out.h, workers, [&](int task, int) {
    const int image = task / out.h;
    const int y = task % out.h;
    const float* row = s.in.data + ptrdiff_t(image) * out.c * plane + ptrdiff_t(y) * out.w;
    float* const to = out.Pixel(image, y, 0);
    if (out.c == 3 && out.stride == 3) return Interleave(row, plane, out.w, to);
    Transpose(row, plane, out.c, out.w, to, out.stride);
  });
}

// Elements of images of one pixel, which are copied as they are.
void CopyPixels(const MapStep& s, int threads) {
  const MapView& in = s.in;
  const int workers = WorkersFor(int64_t(in.n) * in.c, kLeastCopied, threads);
  const Parts parts(in.c, in.c, in.n, workers);
  ParallelFor(in.n * parts.count, workers, [&](int task, int) {
    const int image = task / parts.count;
    const int first = parts.First(task % parts.count);
    std::memcpy(s.out.data + ptrdiff_t(image) * in.c + first, in.Pixel(image, 0, 0) + first,
                size_t(parts.Size(task % parts.count)) * sizeof(float));
  });
}

void RunToChannelsFirst(const MapStep& s, int threads) {
  const MapView& in = s.in;
  const ptrdiff_t plane = ptrdiff_t(in.h) * in.w;
  if (plane == 1) return CopyPixels(s, threads);
  const int workers = WorkersFor(int64_t(in.n) * plane * in.c, kLeastCopied, threads);
  ParallelFor(in.n * in.h, workers, [&](int task, int) {
    const int image = task / in.h;
    const int y = task % in.h;
    float* row = s.out.data + ptrdiff_t(image) * in.c * plane + ptrdiff_t(y) * in.w;
    Transpose(in.Pixel(image, y, 0), in.stride, in.w, in.c, row, plane);
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
