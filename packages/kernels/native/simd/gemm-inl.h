// Register-blocked C += A * B for one panel of B.
#ifndef ZEROSKIP_SIMD_GEMM_INL_H_
#define ZEROSKIP_SIMD_GEMM_INL_H_

#include "simd/activation-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Vectors per panel of B. MR x Q accumulators, Q vectors of B and one broadcast fill the registers.
constexpr int kMaxPanel = kRegisters == 32 ? 4 : 2;
template <int Q>
constexpr int kPanelRows = kRegisters == 32 ? (Q == 4 ? 6 : Q == 3 ? 8 : Q == 2 ? 12 : 24) : (Q == 2 ? 6 : 12);

// What happens to C before and after the sum over this block of K.
struct GemmEdge {
  const float* bias;  // first block: C starts as the bias; null: C continues
  bool last;          // last block: the activation follows
  ActivationSpec activation;
  int columns;  // valid floats of the panel, at most Q * kLanes
};

// Where a row of A lies: `outer` x `inner` runs of `length` floats, the runs `outer_step` and `inner_step` apart.
// A lowered matrix is one run; the receptive field of a direct convolution is one run per kernel row or tap.
struct GemmRuns {
  int outer, inner, length;
  ptrdiff_t outer_step, inner_step;
};

// C[rows x columns] (+)= A[rows x k] * B[k x Q vectors]. Strides are in floats.
// Rows beyond `rows` compute the last row again and are not stored.
template <int Q>
HWY_INLINE void GemmTile(const float* a, ptrdiff_t a_stride, const GemmRuns& runs, const float* b,
                         ptrdiff_t b_stride, float* c, ptrdiff_t c_stride, int rows, const GemmEdge& edge) {
  constexpr int MR = kPanelRows<Q>;
  const D d;
  V acc[MR][Q];
  const float* row[MR];
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    row[m] = a + (m < rows ? int(m) : rows - 1) * a_stride;
    Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[m][q] = hn::Zero(d); });
  });
  for (int outer = 0; outer < runs.outer; ++outer) {
    for (int inner = 0; inner < runs.inner; ++inner) {
      const ptrdiff_t start = outer * runs.outer_step + inner * runs.inner_step;
      for (ptrdiff_t i = start; i < start + runs.length; ++i, b += b_stride) {
        V w[Q];
        Unroll<Q>([&](auto q) __attribute__((always_inline)) { w[q] = hn::LoadU(d, b + q * kLanes); });
        Unroll<MR>([&](auto m) __attribute__((always_inline)) {
          const V x = hn::Set(d, row[m][i]);
          Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[m][q] = hn::MulAdd(x, w[q], acc[m][q]); });
        });
      }
    }
  }
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    if (m >= rows) return;
    float* out = c + m * c_stride;
    Unroll<Q>([&](auto q) __attribute__((always_inline)) {
      const int left = edge.columns - q * kLanes;
      if (left <= 0) return;
      const V start = edge.bias ? hn::LoadU(d, edge.bias + q * kLanes) : LoadPartial(out + q * kLanes, left);
      V sum = hn::Add(acc[m][q], start);
      if (edge.last) sum = Activate(edge.activation, sum);
      StorePartial(sum, out + q * kLanes, left);
    });
  });
}

// The same for any number of rows, computing `vectors` of the `stored` vectors of each row of B.
HWY_INLINE void GemmPanel(int vectors, int stored, const float* a, ptrdiff_t a_stride, const GemmRuns& runs,
                          const float* b, float* c, ptrdiff_t c_stride, int rows, const GemmEdge& edge) {
  const auto run = [&](auto q) {
    constexpr int kStep = kPanelRows<q>;
    for (int m = 0; m < rows; m += kStep) {
      GemmTile<q>(a + m * a_stride, a_stride, runs, b, stored * kLanes, c + m * c_stride, c_stride,
                  HWY_MIN(kStep, rows - m), edge);
    }
  };
  if constexpr (kMaxPanel == 4) {
    if (vectors == 4) return run(std::integral_constant<int, 4>{});
    if (vectors == 3) return run(std::integral_constant<int, 3>{});
  }
  if (vectors == 2) return run(std::integral_constant<int, 2>{});
  run(std::integral_constant<int, 1>{});
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_GEMM_INL_H_
