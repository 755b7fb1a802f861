// Pieces of maps that element-wise code computes together, as matrices.
#ifndef ZEROSKIP_STEPS_TILES_INL_H_
#define ZEROSKIP_STEPS_TILES_INL_H_

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "elementwise/functions-inl.h"
#include "quantized/dot-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {

constexpr int kMaxInputs = ElementwiseCode::kMaxInputs;

// One loop over the output: how far each input moves with a step of it, in bytes, then the output; 0 where an input is
// broadcast.
struct Axis {
  int64_t size;
  ptrdiff_t steps[kMaxInputs + 1];
};

// The loops over the output from the outermost on, as few as there can be.
struct Loops {
  Axis axes[4];
  int count = 0;
  int maps;

  Loops(const MapView* in, const Quantization* how, int inputs, const MapView& out) : maps(inputs + 1) {
    const int sizes[] = {out.n, out.h, out.w, out.c};
    for (int axis = 0; axis < 4; ++axis) {
      if (sizes[axis] == 1) continue;
      Axis next = {sizes[axis], {}};
      for (int k = 0; k < maps; ++k) {
        next.steps[k] = StepOf(k < inputs ? in[k] : out, axis, sizes[axis]) * ptrdiff_t(BytesOf(how[k].element));
      }
      if (count > 0 && Continues(axes[count - 1], next)) next.size *= axes[--count].size;
      axes[count++] = next;
    }
    if (count == 0) axes[count++] = {1, {}};
  }

  static ptrdiff_t StepOf(const MapView& map, int axis, int size) {
    const int own[] = {map.n, map.h, map.w, map.c};
    const ptrdiff_t steps[] = {map.image_stride, map.row_stride, map.stride, 1};
    return own[axis] == size ? steps[axis] : 0;
  }
  bool Continues(const Axis& outer, const Axis& inner) const {
    return std::equal(outer.steps, outer.steps + maps, inner.steps,
                      [&](ptrdiff_t o, ptrdiff_t i) { return o == inner.size * i; });
  }
};

// A range of the two innermost loops, as a matrix.
struct Tile {
  int rows, columns;
  int Size() const { return rows * columns; }
};

// A matrix of bytes in memory.
struct ByteMatrix {
  uint8_t* data;
  ptrdiff_t row_step, column_step;
};

// The numbers that the bytes of `from` stand for, without gaps.
inline void ReadTile(const Tile& tile, const ByteMatrix& from, const Quantization& how, float* to) {
  const VI zero = hn::Set(DI(), how.zero);
  const V scale = Value(how.scale);
  const auto value = [&](VI q) { return hn::Mul(hn::ConvertTo(D(), hn::Sub(q, zero)), scale); };
  for (int r = 0; r < tile.rows; ++r, to += tile.columns) {
    const uint8_t* const source = from.data + r * from.row_step;
    if (from.column_step == 1) {
      for (int c = 0; c < tile.columns; c += kLanes) {
        const int left = std::min(kLanes, tile.columns - c);
        StorePartial(value(LoadBytes(source + c, left, how.IsSigned())), to + c, left);
      }
    } else {
      for (int c = 0; c < tile.columns; ++c) {
        const uint8_t q = source[c * from.column_step];
        to[c] = float((how.IsSigned() ? int8_t(q) : q) - how.zero) * how.scale;
      }
    }
  }
}

// The bytes that stand for the numbers at `from`.
inline void WriteTile(const Tile& tile, const float* from, const Quantization& how, const ByteMatrix& to) {
  const Quantizer quantizer(how);
  const bool is_signed = how.IsSigned();
  for (int r = 0; r < tile.rows; ++r, from += tile.columns) {
    uint8_t* const target = to.data + r * to.row_step;
    for (int c = 0; c < tile.columns; c += kLanes) {
      const int left = std::min(kLanes, tile.columns - c);
      const VI q = quantizer.Of(LoadPartial(from + c, left));
      if (to.column_step == 1) {
        StoreBytes(q, target + c, left, is_signed);
      } else {
        HWY_ALIGN uint8_t bytes[kLanes];
        StoreBytes(q, bytes, kLanes, is_signed);
        for (int i = 0; i < left; ++i) target[(c + i) * to.column_step] = bytes[i];
      }
    }
  }
}

inline void CopyByteTile(const Tile& tile, const ByteMatrix& from, const ByteMatrix& to) {
  for (int r = 0; r < tile.rows; ++r) {
    const uint8_t* const source = from.data + r * from.row_step;
    uint8_t* const target = to.data + r * to.row_step;
    if (from.column_step == 1 && to.column_step == 1) {
      std::memcpy(target, source, size_t(tile.columns));
    } else {
      for (int c = 0; c < tile.columns; ++c) target[c * to.column_step] = source[c * from.column_step];
    }
  }
}

// A matrix in memory.
struct Matrix {
  const float* data;
  ptrdiff_t row_step, column_step;

  bool IsDense(const Tile& tile) const {
    return column_step == 1 && (tile.rows == 1 || row_step == tile.columns);
  }
  bool IsOneValue(const Tile& tile) const { return column_step == 0 && (tile.rows == 1 || row_step == 0); }
};

inline void CopyTile(const Tile& tile, const Matrix& from, float* to, ptrdiff_t row_step, ptrdiff_t column_step) {
  const auto each_row = [&](const auto& copy) __attribute__((always_inline)) {
    for (int r = 0; r < tile.rows; ++r) copy(from.data + r * from.row_step, to + r * row_step);
  };
  const auto copy_rows = [&](auto columns) __attribute__((always_inline)) {
    each_row([&](const float* source, float* target) { std::memcpy(target, source, columns * sizeof(float)); });
  };
  if (from.column_step != 1 || column_step != 1) {
    return each_row([&](const float* source, float* target) {
      for (int c = 0; c < tile.columns; ++c) target[c * column_step] = source[c * from.column_step];
    });
  }
  // Pairs and boxes: a call of memcpy for each would take longer than all else.
  if (tile.columns == 2) return copy_rows(std::integral_constant<size_t, 2>());
  if (tile.columns == 4) return copy_rows(std::integral_constant<size_t, 4>());
  copy_rows(size_t(tile.columns));
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_STEPS_TILES_INL_H_
