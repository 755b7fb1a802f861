// Register-blocked C += A * B for one panel of B.
#ifndef ZEROSKIP_SIMD_GEMM_INL_H_
#define ZEROSKIP_SIMD_GEMM_INL_H_

#include "conv/finish-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Vectors per panel of B. MR x Q accumulators, Q vectors of B and one broadcast fill the registers.
constexpr int kMaxPanel = kRegisters == 32 ? 4 : 2;
template <int Q>
constexpr int kPanelRows = kRegisters == 32 ? (Q == 4 ? 6 : Q == 3 ? 8 : Q == 2 ? 12 : 24) : (Q == 2 ? 6 : 12);

constexpr int kLineFloats = 16;

// What happens to C before and after the sum over this block of K.
struct GemmEdge {
  const float* bias;  // first block: C starts as the bias; null: C continues
  bool last;          // last block: the end follows
  ConvEnd end;
  int columns;  // valid floats of the panel, at most Q * kLanes
  // The weights that follow come to L2 meanwhile, some with each tile: hardware fetches them only when they are read.
  const float* next = nullptr;
  ptrdiff_t next_floats = 0;
};

// Where a row of A lies: `outer` x `inner` runs of `length` floats, the runs `outer_step` and `inner_step` apart.
// A lowered matrix is one run; the receptive field of a direct convolution is one run per kernel row or tap.
struct GemmRuns {
  int outer, inner, length;
  ptrdiff_t outer_step, inner_step;
};

// Where the rows of A, of C, and of what is added to C (null: nothing) lie: `lines` lines of `columns` neighbours.
// Steps are in floats.
struct GemmRows {
  const float* a;
  float* c;
  const float* addend;
  int lines, columns;
  ptrdiff_t a_column, a_line, c_column, c_line, addend_column, addend_line;
};

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
}

// C[MR x Q vectors] (+)= A[MR x k] * B[k x Q vectors] for the rows `a` of A, `count` of which go to rows of C.
template <int Q, int MR>
HWY_INLINE void GemmTile(const float* const* a, const GemmRuns& runs, const float* b, ptrdiff_t b_stride,
                         float* const* c, const float* const* addend, int count, const GemmEdge& edge) {
  const D d;
  V acc[MR][Q];
  GemmSums<Q, MR>(a, runs, b, b_stride, acc);
  const bool finishes = edge.last && IsQuick(edge.end.activation);
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    if (m >= count) return;
    float* out = c[m];
    Unroll<Q>([&](auto q) __attribute__((always_inline)) {
      const int left = edge.columns - q * kLanes;
      if (left <= 0) return;
      const V start = edge.bias ? hn::LoadU(d, edge.bias + q * kLanes) : LoadPartial(out + q * kLanes, left);
      V sum = hn::Add(acc[m][q], start);
      if (finishes) sum = FinishInRegisters(edge.end, sum, addend[m] ? addend[m] + q * kLanes : nullptr, left);
      StorePartial(sum, out + q * kLanes, left);
    });
  });
  if (edge.last && !finishes) {
    for (int m = 0; m < count; ++m) FinishStored(edge.end, c[m], addend[m], edge.columns);
  }
}

// The same for all rows, computing `vectors` of the `stored` vectors of each row of B. The last tile has half the
// height where that is enough; rows past the last one compute it again.
template <int Q>
void GemmPanelOf(int stored, const GemmRows& rows, const GemmRuns& runs, const float* b, const GemmEdge& edge) {
  constexpr int MR = kPanelRows<Q>;
  const float* a[MR];
  float* c[MR] = {};
  const float* addend[MR] = {};
  const int tiles = (rows.lines * rows.columns + MR - 1) / MR;
  const ptrdiff_t ahead = (edge.next_floats + tiles - 1) / tiles;
  const float* next = edge.next;
  int line = 0;
  int column = 0;
  while (line < rows.lines) {
    int count = 0;
    for (; count < MR && line < rows.lines; ++count) {
      a[count] = rows.a + line * rows.a_line + column * rows.a_column;
      c[count] = rows.c + line * rows.c_line + column * rows.c_column;
      if (rows.addend) addend[count] = rows.addend + line * rows.addend_line + column * rows.addend_column;
      if (++column == rows.columns) column = 0, ++line;
    }
    for (int m = count; m < MR; ++m) a[m] = a[count - 1];
    for (const float* end = next + ahead; next < end; next += kLineFloats) __builtin_prefetch(next, 0, 2);
    if (count <= MR / 2) {
      GemmTile<Q, MR / 2>(a, runs, b, stored * kLanes, c, addend, count, edge);
    } else {
      GemmTile<Q, MR>(a, runs, b, stored * kLanes, c, addend, count, edge);
    }
  }
}

HWY_INLINE void GemmPanel(int vectors, int stored, const GemmRows& rows, const GemmRuns& runs, const float* b,
                          const GemmEdge& edge) {
  if constexpr (kMaxPanel == 4) {
    if (vectors == 4) return GemmPanelOf<4>(stored, rows, runs, b, edge);
    if (vectors == 3) return GemmPanelOf<3>(stored, rows, runs, b, edge);
  }
  if (vectors == 2) return GemmPanelOf<2>(stored, rows, runs, b, edge);
  GemmPanelOf<1>(stored, rows, runs, b, edge);
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_GEMM_INL_H_
