// The transforms of a tile, in vectors of channels.
#ifndef ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_TRANSFORM_INL_H_
#define ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_TRANSFORM_INL_H_

#include "algorithms/winograd/winograd.h"
#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// The transforms of one axis for tiles of M outputs.
template <int M>
struct WinogradAxis;

template <>
struct WinogradAxis<2> {
  // The first weight, and the second, are these times the value at 0, and the difference of those at the first two
  // points beside it. The third is the value at infinity.
  static constexpr float kFirst = -1, kSecond = 1;
  static HWY_INLINE void Input(const V (&d)[4], V (&to)[4]) {
    to[0] = hn::Sub(d[2], d[0]);
    to[1] = hn::Add(d[2], d[1]);
    to[2] = hn::Sub(d[2], d[1]);
    to[3] = hn::Sub(d[3], d[1]);
  }
  static HWY_INLINE void Output(const V (&m)[4], V (&to)[2]) {
    to[0] = hn::Add(m[0], hn::Add(m[1], m[2]));
    to[1] = hn::Add(m[3], hn::Sub(m[1], m[2]));
  }
};

template <>
struct WinogradAxis<4> {
  static constexpr float kA = float(kWinogradNear), kB = float(kWinogradFar);
  static constexpr float kFirst = kA * kA * kB * kB, kSecond = kA * (kA * kA - kB * kB);
  static HWY_INLINE V Value(float value) { return hn::Set(D(), value); }
  static HWY_INLINE void Input(const V (&d)[6], V (&to)[6]) {
    const V a = Value(kA), b = Value(kB), aa = Value(kA * kA), bb = Value(kB * kB);
    const V even_a = hn::NegMulAdd(bb, d[2], d[4]);
    const V odd_a = hn::NegMulAdd(bb, d[1], d[3]);
    const V even_b = hn::NegMulAdd(aa, d[2], d[4]);
    const V odd_b = hn::NegMulAdd(aa, d[1], d[3]);
    to[0] = hn::NegMulAdd(aa, hn::NegMulAdd(bb, d[0], d[2]), even_a);
    to[1] = hn::MulAdd(a, odd_a, even_a);
    to[2] = hn::NegMulAdd(a, odd_a, even_a);
    to[3] = hn::MulAdd(b, odd_b, even_b);
    to[4] = hn::NegMulAdd(b, odd_b, even_b);
    to[5] = hn::NegMulAdd(bb, odd_b, hn::NegMulAdd(aa, d[3], d[5]));
  }
  static HWY_INLINE void Output(const V (&m)[6], V (&to)[4]) {
    const V sum_a = hn::Add(m[1], m[2]);
    const V difference_a = hn::Sub(m[1], m[2]);
    const V sum_b = hn::Add(m[3], m[4]);
    const V difference_b = hn::Sub(m[3], m[4]);
    to[0] = hn::Add(m[0], hn::Add(sum_a, sum_b));
    to[1] = hn::MulAdd(Value(kB), difference_b, hn::Mul(Value(kA), difference_a));
    to[2] = hn::MulAdd(Value(kB * kB), sum_b, hn::Mul(Value(kA * kA), sum_a));
    to[3] = hn::MulAdd(Value(kB * kB * kB), difference_b, hn::MulAdd(Value(kA * kA * kA), difference_a, m[5]));
  }
};

// Where a tile's inputs lie: those of rows and columns [first, end) are in the map, the others are zeros.
struct WinogradPatch {
  const float* map;
  ptrdiff_t origin;  // of the first row and column, which may lie in the border
  ptrdiff_t row_stride, stride;
  int first_row, end_row, first_column, end_column;

  WinogradPatch(const MapView& in, int size, int image, int y, int x, int channel)
      : map(in.data),
        origin(image * in.image_stride + y * in.row_stride + x * in.stride + channel),
        row_stride(in.row_stride),
        stride(in.stride),
        first_row(HWY_MAX(0, -y)),
        end_row(HWY_MIN(size, in.h - y)),
        first_column(HWY_MAX(0, -x)),
        end_column(HWY_MIN(size, in.w - x)) {}
  bool Contains(int y, int x) const {
    return y >= first_row && y < end_row && x >= first_column && x < end_column;
  }
  bool IsInside(int size) const {
    return first_row == 0 && end_row == size && first_column == 0 && end_column == size;
  }
  // Of a place that it contains.
  const float* At(int y, int x) const { return map + (origin + y * row_stride + x * stride); }
};

// Transforms `left` channels, at most a vector, of a tile; its values are `step` floats apart.
template <int M, bool kWhole>
HWY_INLINE void TransformInput(const WinogradPatch& patch, ptrdiff_t channel, int left, float* to, ptrdiff_t step) {
  constexpr int N = M + kWinogradKernel - 1;
  const D d;
  const float* const from = kWhole ? patch.At(0, 0) + channel : nullptr;
  const ptrdiff_t row_stride = patch.row_stride, stride = patch.stride;
  V rows[N][N];
  Unroll<N>([&](auto x) __attribute__((always_inline)) {
    V column[N], result[N];
    Unroll<N>([&](auto y) __attribute__((always_inline)) {
      if constexpr (kWhole) {
        column[y] = hn::LoadU(d, from + y * row_stride + x * stride);
      } else {
        column[y] = patch.Contains(y, x) ? LoadPartial(patch.At(y, x) + channel, left) : hn::Zero(d);
      }
    });
    WinogradAxis<M>::Input(column, result);
    Unroll<N>([&](auto y) __attribute__((always_inline)) { rows[y][x] = result[y]; });
  });
  Unroll<N>([&](auto y) __attribute__((always_inline)) {
    V result[N];
    WinogradAxis<M>::Input(rows[y], result);
    Unroll<N>([&](auto x) __attribute__((always_inline)) { hn::StoreU(result[x], d, to + (y * N + x) * step); });
  });
}

// The outputs of a tile from its products, which are `step` floats apart.
template <int M>
HWY_INLINE void TransformOutput(const float* from, ptrdiff_t step, V (&out)[M][M]) {
  constexpr int N = M + kWinogradKernel - 1;
  const D d;
  V rows[M][N];
  Unroll<N>([&](auto x) __attribute__((always_inline)) {
    V column[N], result[M];
    Unroll<N>([&](auto y) __attribute__((always_inline)) { column[y] = hn::LoadU(d, from + (y * N + x) * step); });
    WinogradAxis<M>::Output(column, result);
    Unroll<M>([&](auto y) __attribute__((always_inline)) { rows[y][x] = result[y]; });
  });
  Unroll<M>([&](auto y) __attribute__((always_inline)) { WinogradAxis<M>::Output(rows[y], out[y]); });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_TRANSFORM_INL_H_
