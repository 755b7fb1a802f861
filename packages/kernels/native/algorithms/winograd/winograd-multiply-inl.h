// The product of transformed inputs and weights at one point.
#ifndef ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_MULTIPLY_INL_H_
#define ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_MULTIPLY_INL_H_

#include "simd/gemm-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// C[rows x vectors] (+)= A[rows x length] * B[length x vectors]; rows are `..._step` floats apart.
struct Product {
  const float* a;
  const float* b;
  float* c;
  ptrdiff_t a_step, b_step, c_step;
  int rows, length;
  bool first;  // C starts here; else it continues
  // The weights that follow come to L2 meanwhile, `ahead` floats with each tile of the product.
  const float* next;
  ptrdiff_t ahead;
};

template <int Q, int MR>
HWY_INLINE void MultiplyTile(const Product& p, int row, int count) {
  const D d;
  const float* a[MR];
  for (int m = 0; m < MR; ++m) a[m] = p.a + (row + HWY_MIN(m, count - 1)) * p.a_step;
  V acc[MR][Q];
  GemmSums<Q, MR>(a, {1, 1, p.length, 0, 0}, p.b, p.b_step, acc);
  float* const c = p.c + row * p.c_step;
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    if (m >= count) return;
    Unroll<Q>([&](auto q) __attribute__((always_inline)) {
      float* const to = c + m * p.c_step + q * kLanes;
      hn::StoreU(p.first ? acc[m][q] : hn::Add(acc[m][q], hn::LoadU(d, to)), d, to);
    });
  });
}

template <int Q>
void Multiply(const Product& p) {
  constexpr int MR = kPanelRows<Q>;
  const float* next = p.next;
  for (int row = 0; row < p.rows; row += MR) {
    for (const float* end = next + p.ahead; next < end; next += kLineFloats) __builtin_prefetch(next, 0, 2);
    const int count = HWY_MIN(MR, p.rows - row);
    if (count <= MR / 2) {
      MultiplyTile<Q, MR / 2>(p, row, count);
    } else {
      MultiplyTile<Q, MR>(p, row, count);
    }
  }
}

HWY_INLINE void MultiplyPanel(int vectors, const Product& product) {
  WithVectors(vectors, [&](auto q) { Multiply<q>(product); });
}

// Rows that a tile of the product has.
HWY_INLINE int MultiplyRowsOf(int vectors) {
  return WithVectors(vectors, [](auto q) { return kPanelRows<q>; });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_MULTIPLY_INL_H_
