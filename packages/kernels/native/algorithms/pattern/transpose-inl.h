#ifndef ZEROSKIP_ALGORITHMS_PATTERN_TRANSPOSE_INL_H_
#define ZEROSKIP_ALGORITHMS_PATTERN_TRANSPOSE_INL_H_

#include "simd/four-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// to[r * to_row + c] = from[c * from_row + r], for r < rows and c < columns.
inline void Transpose(const float* from, ptrdiff_t from_row, float* to, ptrdiff_t to_row, int rows, int columns) {
  int r = 0;
#if HWY_TARGET != HWY_SCALAR
  const D4 d;
  for (; r + 4 <= rows; r += 4) {
    int c = 0;
    for (; c + 4 <= columns; c += 4) {
      const float* const f = from + c * from_row + r;
      const Four f0 = LoadFour(f), f1 = LoadFour(f + from_row), f2 = LoadFour(f + 2 * from_row),
                 f3 = LoadFour(f + 3 * from_row);
      const Four low01 = hn::InterleaveLower(d, f0, f1), low23 = hn::InterleaveLower(d, f2, f3);
      const Four high01 = hn::InterleaveUpper(d, f0, f1), high23 = hn::InterleaveUpper(d, f2, f3);
      float* const t = to + r * to_row + c;
      StoreFour(hn::ConcatLowerLower(d, low23, low01), t);
      StoreFour(hn::ConcatUpperUpper(d, low23, low01), t + to_row);
      StoreFour(hn::ConcatLowerLower(d, high23, high01), t + 2 * to_row);
      StoreFour(hn::ConcatUpperUpper(d, high23, high01), t + 3 * to_row);
    }
    for (; c < columns; ++c) {
      for (int i = r; i < r + 4; ++i) to[i * to_row + c] = from[c * from_row + i];
    }
  }
#endif
  for (; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) to[r * to_row + c] = from[c * from_row + r];
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_PATTERN_TRANSPOSE_INL_H_
