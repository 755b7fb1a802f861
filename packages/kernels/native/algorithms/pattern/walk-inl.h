// Reads the arrays of `cpo` and `cps-column`, column by column.
#ifndef ZEROSKIP_ALGORITHMS_PATTERN_WALK_INL_H_
#define ZEROSKIP_ALGORITHMS_PATTERN_WALK_INL_H_

#include <bit>

#include "algorithms/pattern/pattern.h"
#include "parallel/thread_pool.h"
#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Calls f with an unsigned integer of that many bytes.
template <class F>
HWY_INLINE void WithIndex(int bytes, const F& f) {
  if (bytes == 1) return f(uint8_t{});
  if (bytes == 2) return f(uint16_t{});
  f(uint32_t{});
}

struct Range {
  int begin, end;
};

class Walk {
 public:
  Walk(const PatternLayout& layout, const PatternArrays& map, const PatternProduct& product)
      : layout_(layout), spec_(layout.spec), map_(map), product_(product), group_in_(spec_.GroupIn()) {
    Prepare();
  }

  // Of the arrays, as the format counts them.
  size_t Bytes() const {
    const size_t starts = map_.flagged + 1;
    const size_t pointers = starts * map_.channel_starts.bytes +
                            map_.flagged * layout_.cell_count * map_.cell_ends.bytes;
    const size_t values = layout_.kind == PatternKind::kCpo ? 0 : starts * map_.value_starts.bytes;
    return (spec_.in_c + 7) / 8 + pointers + values + map_.entry_count * map_.entries.bytes +
           map_.value_count * sizeof(float);
  }

  // run(channel of the group, cell, slabs, tap, begin, end, value) for each column of a group that holds entries which
  // a block of output reads: entries [begin, end), with a tap in their first slab; `value` is the place of their first
  // value, which it moves.
  template <class T, class RunOfColumn>
  void ForEachColumn(int group, const Range& block, const RunOfColumn& run) const {
    for (int position = product_.flagged_before[group]; position < product_.flagged_before[group + 1]; ++position) {
      const uint32_t first = map_.channel_starts[position];
      const int c = int(product_.channel_of[position]) - group * group_in_;
      uint32_t begin = first;
      for (int i = 0; i < layout_.cell_count; ++i) {
        const uint32_t end = first + CellEnd(position, i);
        if (begin == end) continue;
        const PatternCell& cell = layout_.cells[i];
        const Range slabs = SlabsIn(cell, block);
        if (slabs.begin < slabs.end) {
          uint32_t value = layout_.kind == PatternKind::kCpo
                               ? begin
                               : product_.value_begins[size_t(position) * layout_.cell_count + i];
          const int last = (i + 1 < layout_.cell_count ? layout_.cells[i + 1].first : layout_.column_count) - 1;
          for (int column = cell.first; begin < end; ++column) {
            const uint32_t of_column = column == last ? end : ColumnEnd<T>(begin, end, layout_.columns[column].tap);
            if (begin < of_column) run(c, cell, slabs, layout_.columns[column].tap, begin, of_column, &value);
            begin = of_column;
          }
        }
        begin = end;
      }
    }
  }

  // The rows of a column's entries; returns how many there are.
  template <class T>
  uint32_t ReadRows(uint32_t begin, uint32_t end, int tap, uint32_t* rows) const {
    const T* const entries = static_cast<const T*>(map_.entries.data);
    if (layout_.kind == PatternKind::kCpo) {
      for (uint32_t i = begin; i < end; ++i) *rows++ = RowOf<T>(entries[i], tap);
      return end - begin;
    }
    uint32_t count = 0;
    for (uint32_t i = begin; i < end; ++i) {
      const uint32_t row = RowOf<T>(entries[i] >> kSetRows, tap) * kSetRows;
      for (uint32_t mask = entries[i] & 15; mask; mask &= mask - 1) rows[count++] = row + std::countr_zero(mask);
    }
    return count;
  }

  // The row of a position with a tap: of `cps-column`, the set of rows.
  template <class T>
  HWY_INLINE uint32_t RowOf(uint32_t position, uint32_t tap) const {
    // The inverse is exact for positions of 16 bits.
    return sizeof(T) <= 2 ? uint32_t((position - tap) * product_.inverse >> 32) : (position - tap) / uint32_t(spec_.k_w);
  }

  const PatternLayout& Layout() const { return layout_; }
  const PatternArrays& Map() const { return map_; }
  const PatternProduct& Product() const { return product_; }

 private:
  // What all tasks look up.
  void Prepare() {
    int flagged = 0;
    for (int group = 0, c = 0; group < spec_.group; ++group) {
      product_.flagged_before[group] = flagged;
      for (const int end = c + group_in_; c < end; ++c) {
        if (map_.channel_flags[c / 8] >> c % 8 & 1) product_.channel_of[flagged++] = uint32_t(c);
      }
    }
    product_.flagged_before[spec_.group] = flagged;
    if (layout_.kind == PatternKind::kCpsColumn) {
      ParallelFor(flagged, WorkersFor(int64_t(map_.entry_count), kLeastProducts, product_.workers),
                  [&](int64_t position, int) { CountValues(size_t(position)); });
    }
  }

  void CountValues(size_t position) {
    uint32_t* const begins = product_.value_begins + position * layout_.cell_count;
    uint32_t value = map_.value_starts[position];
    const uint32_t first = map_.channel_starts[position];
    uint32_t entry = first;
    for (int cell = 0; cell < layout_.cell_count; ++cell) {
      begins[cell] = value;
      for (const uint32_t end = first + CellEnd(position, cell); entry < end; ++entry) {
        value += uint32_t(std::popcount(map_.entries[entry] & 15));
      }
    }
  }

  uint32_t CellEnd(size_t position, int cell) const { return map_.cell_ends[position * layout_.cell_count + cell]; }

  // The slabs of a cell, [begin, end) in the order of its replay, that are columns of a block of output.
  Range SlabsIn(const PatternCell& cell, const Range& block) const {
    if (block.begin == 0 && block.end == layout_.out_w) return {0, cell.overlap};
    const int step = layout_.slab_step;
    const auto first_from = [&](int x) { return x <= cell.slab ? 0 : (x - cell.slab + step - 1) / step; };
    return {first_from(block.begin), std::min(cell.overlap, first_from(block.end))};
  }

  // Of an entry: its position in its first slab.
  template <class T>
  uint32_t PositionOf(T entry) const {
    return layout_.kind == PatternKind::kCpo ? entry : entry >> kSetRows;
  }

  // Where the entries of a tap end.
  template <class T>
  uint32_t ColumnEnd(uint32_t begin, uint32_t end, int tap) const {
    const T* const entries = static_cast<const T*>(map_.entries.data);
    while (begin < end && PositionOf(entries[begin]) % uint32_t(spec_.k_w) == uint32_t(tap)) ++begin;
    return begin;
  }

  const PatternLayout& layout_;
  const ConvSpec& spec_;
  const PatternArrays& map_;
  const PatternProduct& product_;
  const int group_in_;
};

// What multiplies one image's map.
class Multiplication {
 protected:
  Multiplication(const ConvArgs& args, const Walk& walk, int image)
      : args_(args),
        spec_(*args.spec),
        walk_(walk),
        layout_(walk.Layout()),
        map_(walk.Map()),
        product_(walk.Product()),
        image_(image) {}

  const ConvArgs& args_;
  const ConvSpec& spec_;
  const Walk& walk_;
  const PatternLayout& layout_;
  const PatternArrays& map_;
  const PatternProduct& product_;
  const int image_;
};

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_PATTERN_WALK_INL_H_
