// Panels of weights, and the tiles of rows that are multiplied by one.
#ifndef ZEROSKIP_SIMD_PANEL_INL_H_
#define ZEROSKIP_SIMD_PANEL_INL_H_

#include <type_traits>

#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Vectors per panel. A tile's rows x Q accumulators, Q vectors of weights and one broadcast fill the registers; fewer
// where an engine compiles: what it keeps for itself it would spill, and winograd took 1.7 times as long.
constexpr int kMaxPanel = kRegisters == 32 ? 4 : 2;
template <int Q>
constexpr int kPanelRows = kRegisters == 32 ? (Q == 4 ? 6 : Q == 3 ? 8 : 12)
                           : HWY_ARCH_WASM  ? (Q == 2 ? 4 : 8)
                                            : (Q == 2 ? 6 : 12);

constexpr int kLineBytes = 64;
constexpr int kLineFloats = kLineBytes / sizeof(float);

// f(Q), for the number of vectors of a panel that are computed.
template <class F>
HWY_INLINE auto WithVectors(int vectors, const F& f) {
  if constexpr (kMaxPanel == 4) {
    if (vectors == 4) return f(std::integral_constant<int, 4>{});
    if (vectors == 3) return f(std::integral_constant<int, 3>{});
  }
  return vectors == 2 ? f(std::integral_constant<int, 2>{}) : f(std::integral_constant<int, 1>{});
}

// Where the rows of the input, of the result, and of what is added to it (null: nothing) lie: `lines` lines of
// `columns` neighbours. Steps are in elements.
template <class A, class C>
struct PanelRows {
  const A* a;
  C* c;
  const C* addend;
  int lines, columns;
  ptrdiff_t a_column, a_line, c_column, c_line, addend_column, addend_line;
};

// tile(height, a, c, addend, count, first) for each MR rows, and half of them, or one, where that is enough: pointers
// to them, how many there are, and the number of the first. Rows of `a` past the last one are it again. The weights
// that follow come to L2 meanwhile, some with each tile: hardware fetches them only when they are read.
template <int MR, class A, class C, class Tile>
HWY_INLINE void ForEachTile(const PanelRows<A, C>& given, const A* next, ptrdiff_t next_size, const Tile& tile) {
  PanelRows<A, C> rows = given;
  if (rows.a_line == rows.columns * rows.a_column && rows.c_line == rows.columns * rows.c_column &&
      rows.addend_line == rows.columns * rows.addend_column) {
    rows.columns *= rows.lines;
    rows.lines = 1;
  }
  const A* a[MR];
  C* c[MR] = {};
  const C* addend[MR] = {};
  const int tiles = (rows.lines * rows.columns + MR - 1) / MR;
  const ptrdiff_t ahead = (next_size + tiles - 1) / tiles;
  int line = 0;
  int column = 0;
  int first = 0;
  while (line < rows.lines) {
    int count = 0;
    while (count < MR && line < rows.lines) {
      const A* from = rows.a + line * rows.a_line + column * rows.a_column;
      C* to = rows.c + line * rows.c_line + column * rows.c_column;
      const C* added = rows.addend + (rows.addend ? line * rows.addend_line + column * rows.addend_column : 0);
      const int taken = HWY_MIN(MR - count, rows.columns - column);
      for (int m = count; m < count + taken; ++m) {
        a[m] = from, from += rows.a_column;
        c[m] = to, to += rows.c_column;
        addend[m] = added;
        if (added) added += rows.addend_column;
      }
      count += taken;
      column += taken;
      if (column == rows.columns) column = 0, ++line;
    }
    for (int m = count; m < MR; ++m) a[m] = a[count - 1];
    for (const A* end = next + ahead; next < end; next += kLineBytes / sizeof(A)) __builtin_prefetch(next, 0, 2);
    if (count == 1) {
      tile(std::integral_constant<int, 1>{}, a, c, addend, count, first);
    } else if (count <= MR / 2) {
      tile(std::integral_constant<int, MR / 2>{}, a, c, addend, count, first);
    } else {
      tile(std::integral_constant<int, MR>{}, a, c, addend, count, first);
    }
    first += count;
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_PANEL_INL_H_
