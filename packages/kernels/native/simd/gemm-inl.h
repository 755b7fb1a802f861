// Register-blocked C += A * B for one panel of B.
#ifndef ZEROSKIP_SIMD_GEMM_INL_H_
#define ZEROSKIP_SIMD_GEMM_INL_H_

#include "conv/finish-inl.h"
#include "simd/panel-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// What happens to C before and after the sum over this block of K.
struct GemmEdge {
  const float* bias;  // first block: C starts as the bias; null: C continues
  bool last;          // last block: the end follows
  ConvEnd end;
  int columns;  // valid floats of the panel, at most Q * kLanes
  // The weights that follow.
  const float* next = nullptr;
  ptrdiff_t next_floats = 0;
};

// Where a row of A lies: `outer` x `inner` runs of `length` floats, the runs `outer_step` and `inner_step` apart.
// A lowered matrix is one run; the receptive field of a direct convolution is one run per kernel row or tap. None but
// `outer` is zero.
struct GemmRuns {
  int outer, inner, length;
  ptrdiff_t outer_step, inner_step;
};

using GemmRows = PanelRows<float, float>;

// acc = A[MR x k] * B[k x Q vectors] for the rows `a` of A; rows of B are `b_stride` floats apart.
template <int Q, int MR>
HWY_INLINE void GemmSums(const float* const* a, const GemmRuns& runs, const float* b, ptrdiff_t b_stride,
                         V (&acc)[MR][Q]) {
  const D d;
  const float* row[MR];
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    row[m] = a[m];
    Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[m][q] = hn::Zero(d); });
  });
  if (runs.outer == 0) return;
  // Tested behind each turn: where a loop tests before it, Clang copies the sums with every turn.
  int outer = 0;
  do {
    int inner = 0;
    do {
      ptrdiff_t i = outer * runs.outer_step + inner * runs.inner_step;
      const ptrdiff_t end = i + runs.length;
      do {
        V w[Q];
        Unroll<Q>([&](auto q) __attribute__((always_inline)) { w[q] = hn::LoadU(d, b + q * kLanes); });
        Unroll<MR>([&](auto m) __attribute__((always_inline)) {
          const V x = hn::Set(d, row[m][i]);
          Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[m][q] = hn::MulAdd(x, w[q], acc[m][q]); });
        });
        b += b_stride;
      } while (++i < end);
    } while (++inner < runs.inner);
  } while (++outer < runs.outer);
}

// What follows `stored` sums for each of `count` rows of C where that is more than usual: fewer rows than a tile has,
// sums that go on, an activation that takes more than a few instructions.
inline HWY_NOINLINE void FinishTile(const float* sums, int stored, float* const* c, const float* const* addend,
                                    int count, const GemmEdge& edge) {
  const D d;
  for (int m = 0; m < count; ++m, sums += stored) {
    for (int i = 0; i < edge.columns; i += kLanes) {
      const int left = edge.columns - i;
      const V start = edge.bias ? hn::LoadU(d, edge.bias + i) : LoadPartial(c[m] + i, left);
      const V sum = hn::Add(hn::Load(d, sums + i), start);
      StorePartial(edge.last ? Finish(edge.end, sum, addend[m] ? addend[m] + i : nullptr, left) : sum, c[m] + i, left);
    }
  }
}

// C[MR x Q vectors] (+)= A[MR x k] * B[k x Q vectors] for the rows `a` of A, `count` of which go to rows of C.
template <int Q, int MR>
HWY_INLINE void GemmTile(const float* const* a, const GemmRuns& runs, const float* b, ptrdiff_t b_stride,
                         float* const* c, const float* const* addend, int count, const GemmEdge& edge) {
  const D d;
  V acc[MR][Q];
  GemmSums<Q, MR>(a, runs, b, b_stride, acc);
  if (count < MR || !edge.bias || !edge.last || !Clamp::Does(edge.end.activation)) {
    HWY_ALIGN float sums[MR * Q * kLanes];
    Unroll<MR>([&](auto m) __attribute__((always_inline)) {
      Unroll<Q>([&](auto q) __attribute__((always_inline)) {
        hn::Store(acc[m][q], d, sums + (m * Q + q) * kLanes);
      });
    });
    return FinishTile(sums, Q * kLanes, c, addend, count, edge);
  }
  const Clamp clamp(edge.end.activation);
  const bool adds = addend[0] != nullptr;
  V bias[Q];
  Unroll<Q>([&](auto q) __attribute__((always_inline)) { bias[q] = hn::LoadU(d, edge.bias + q * kLanes); });
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    Unroll<Q>([&](auto q) __attribute__((always_inline)) {
      const int left = q + 1 < Q ? kLanes : edge.columns - q * kLanes;
      const V sum = hn::Add(acc[m][q], bias[q]);
      const V result =
          adds ? FinishBy(clamp, edge.end.add_first, sum, addend[m] + q * kLanes, left) : clamp(sum);
      StorePartial(result, c[m] + q * kLanes, left);
    });
  });
}

template <int Q>
void GemmPanelOf(int stored, const GemmRows& rows, const GemmRuns& runs, const float* b, const GemmEdge& edge) {
  const auto tile = [&](auto height, const float* const* a, float* const* c, const float* const* addend, int count, int)
      __attribute__((always_inline)) { GemmTile<Q, height>(a, runs, b, stored * kLanes, c, addend, count, edge); };
  ForEachTile<kPanelRows<Q>>(rows, edge.next, edge.next_floats, tile);
}

// The same for all rows, computing `vectors` of the `stored` vectors of each row of B.
HWY_INLINE void GemmPanel(int vectors, int stored, const GemmRows& rows, const GemmRuns& runs, const float* b,
                          const GemmEdge& edge) {
  WithVectors(vectors, [&](auto q) { GemmPanelOf<q>(stored, rows, runs, b, edge); });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_GEMM_INL_H_
