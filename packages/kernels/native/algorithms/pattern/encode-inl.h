// From a map to the arrays of `cpo` and `cps-column`.
#ifndef ZEROSKIP_ALGORITHMS_PATTERN_ENCODE_INL_H_
#define ZEROSKIP_ALGORITHMS_PATTERN_ENCODE_INL_H_

#include <bit>

#include "algorithms/pattern/transpose-inl.h"
#include "algorithms/pattern/walk-inl.h"
#include "parallel/thread_pool.h"
#include "simd/masks-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

class Encoder {
 public:
  Encoder(const PatternLayout& layout, const PatternSource& source, int threads, PatternEncoding& encoding)
      : layout_(layout),
        source_(source),
        threads_(WorkersFor(int64_t(layout.h) * layout.w * source.channels, kLeastProducts, threads)),
        encoding_(encoding),
        arrays_(encoding.arrays) {}

  void Run() {
    Turn();
    ParallelFor(source_.channels, threads_, [&](int64_t c, int) { Count(int(c)); });
    Place();
    WithIndex(arrays_.entries.bytes, [&](auto index) {
      ParallelFor(source_.channels, threads_, [&](int64_t c, int) { Fill<decltype(index)>(int(c)); });
    });
  }

 private:
  float* ColumnOf(int c, int x) const {
    return encoding_.columns + (size_t(c) * layout_.w + x) * layout_.padded_h;
  }
  uint64_t* BitsOf(int c, int column) const {
    return encoding_.bits + (size_t(c) * layout_.w + column) * layout_.RowWords();
  }
  uint32_t* CountsOf(int c) const { return encoding_.entry_counts + size_t(c) * layout_.cell_count; }

  // Rows of a column to neighbours. Rows of padding are left as they are: no bit speaks of them.
  void Turn() {
    const int column_floats = layout_.padded_h;
    const int top = layout_.spec.pad_t;
    if (source_.column == 1) {
      ParallelFor(source_.channels, threads_, [&](int64_t c, int) {
        Transpose(source_.data + c * source_.channel, source_.row, ColumnOf(int(c), 0) + top, column_floats, layout_.w,
                  layout_.h);
      });
    } else {
      ParallelFor(layout_.w, threads_, [&](int64_t x, int) {
        Transpose(source_.data + x * source_.column, source_.row, ColumnOf(0, int(x)) + top,
                  ptrdiff_t(layout_.w) * column_floats, source_.channels, layout_.h);
      });
    }
  }

  void Count(int c) {
    const int words = layout_.RowWords();
    uint32_t* const counts = CountsOf(c);
    std::fill(counts, counts + layout_.cell_count, 0);
    PatternChannel& channel = encoding_.channel_counts[c];
    channel = {};
    for (int i = 0; i < layout_.column_count; ++i) {
      const PatternColumn& column = layout_.columns[i];
      const float* const rows = ColumnOf(c, column.x - layout_.spec.pad_l);
      uint64_t* const bits = BitsOf(c, i);
      for (int word = 0; word < words; ++word) {
        const int left = std::min(64, layout_.padded_h - 64 * word);
        const uint64_t found = NonZeroBits(rows + 64 * word, left) & layout_.row_bits[word];
        bits[word] = found;
        const uint32_t values = uint32_t(std::popcount(found));
        channel.values += values;
        counts[column.cell] += layout_.kind == PatternKind::kCpo ? values : Sets(found);
      }
    }
    for (int cell = 0; cell < layout_.cell_count; ++cell) channel.entries += counts[cell];
  }

  // Sets of four rows that hold a value.
  static uint32_t Sets(uint64_t rows) {
    rows |= rows >> 1;
    rows |= rows >> 2;
    return uint32_t(std::popcount(rows & 0x1111111111111111));
  }

  // Where each channel's entries begin, once all are counted.
  void Place() {
    uint32_t entries = 0, values = 0, flagged = 0, most = 0;
    std::fill(arrays_.channel_flags, arrays_.channel_flags + (source_.channels + 7) / 8, uint8_t{0});
    for (int c = 0; c < source_.channels; ++c) {
      PatternChannel& channel = encoding_.channel_counts[c];
      channel.first_entry = entries;
      channel.first_value = values;
      channel.flagged_before = flagged;
      if (channel.entries == 0) continue;
      arrays_.channel_flags[c / 8] |= uint8_t(1 << c % 8);
      most = std::max(most, channel.entries);
      entries += channel.entries;
      values += channel.values;
      ++flagged;
    }
    arrays_.flagged = flagged;
    arrays_.entry_count = entries;
    arrays_.value_count = values;
    arrays_.channel_starts.bytes = IndexBytes(entries);
    arrays_.value_starts.bytes = IndexBytes(values);
    arrays_.cell_ends.bytes = IndexBytes(most);
    arrays_.channel_starts.Set(flagged, entries);
    arrays_.value_starts.Set(flagged, values);
  }

  template <class T>
  void Fill(int c) {
    const PatternChannel& channel = encoding_.channel_counts[c];
    if (channel.entries == 0) return;
    arrays_.channel_starts.Set(channel.flagged_before, channel.first_entry);
    arrays_.value_starts.Set(channel.flagged_before, channel.first_value);
    const uint32_t* const counts = CountsOf(c);
    uint32_t end = 0;
    for (int cell = 0; cell < layout_.cell_count; ++cell) {
      end += counts[cell];
      arrays_.cell_ends.Set(size_t(channel.flagged_before) * layout_.cell_count + cell, end);
    }
    const int kw = layout_.spec.k_w;
    T* entries = static_cast<T*>(arrays_.entries.data) + channel.first_entry;
    float* values = arrays_.values + channel.first_value;
    // Whole vectors may be written over what follows, until that is written itself: by this thread, after this channel.
    const bool is_alone = threads_ == 1;
    const T* const last_entry = entries + channel.entries + (is_alone ? kPatternSlack : 0);
    const float* const last_value = values + channel.values + (is_alone ? kPatternSlack : 0);
    for (int i = 0; i < layout_.column_count; ++i) {
      const PatternColumn& column = layout_.columns[i];
      const float* const rows = ColumnOf(c, column.x - layout_.spec.pad_l);
      const uint64_t* const bits = BitsOf(c, i);
      for (int word = 0; word < layout_.RowWords(); ++word) {
        uint64_t found = bits[word];
        if (layout_.kind == PatternKind::kCpsColumn) {
          entries = Words<T>(found, uint32_t(16 * word) * uint32_t(kw) + uint32_t(column.tap), kw, entries);
        }
        if (found == 0) continue;
        // Without a branch on what the rows hold, which nothing would foretell.
        const int last_row = std::min(64 * (word + 1), layout_.padded_h);
        for (int row = 64 * word; row < last_row; row += kLanes, found >>= kLanes) {
          const uint32_t lanes = uint32_t(found & ((uint64_t{1} << kLanes) - 1));
          const int count = std::popcount(lanes);
          Compressed<float>(hn::LoadU(D(), rows + row), lanes, count, values, last_value);
          values += count;
          if (layout_.kind == PatternKind::kCpo) {
            const hn::RebindToUnsigned<D> du;
            const auto positions = hn::Add(hn::Mul(hn::Iota(du, 0), hn::Set(du, uint32_t(kw))),
                                           hn::Set(du, uint32_t(row) * uint32_t(kw) + uint32_t(column.tap)));
            Compressed<T>(positions, lanes, count, entries, last_entry);
            entries += count;
          }
        }
      }
    }
  }

  // The words of 64 rows; `position` is that of the first set.
  template <class T>
  static T* Words(uint64_t rows, uint32_t position, int kw, T* to) {
    T words[64 / kSetRows + 1];
    int count = 0;
    for (; rows != 0; rows >>= kSetRows, position += uint32_t(kw)) {
      words[count] = T(position << kSetRows | (rows & 15));
      count += (rows & 15) != 0;
    }
    std::memcpy(to, words, count * sizeof(T));
    return to + count;
  }

  // The lanes that are chosen, to `to`: a whole vector where that lies before `end`.
  template <class T, class U>
  HWY_INLINE static void Compressed(U vector, uint32_t lanes, int count, T* to, const T* end) {
#if HWY_TARGET == HWY_SCALAR
    (void)count, (void)end;
    if (lanes) *to = T(hn::GetLane(vector));
#else
    const U packed = hn::Compress(vector, MaskOf(hn::DFromV<U>(), lanes));
    const hn::Rebind<T, hn::DFromV<U>> dt;
    const auto narrow = [&] {
      if constexpr (sizeof(T) == sizeof(hn::TFromV<U>)) {
        return packed;
      } else {
        return hn::TruncateTo(dt, packed);
      }
    }();
    if (to + kLanes <= end) {
      hn::StoreU(narrow, dt, to);
    } else {
      HWY_ALIGN T all[kLanes];
      hn::Store(narrow, dt, all);
      std::memcpy(to, all, count * sizeof(T));
    }
#endif
  }

  const PatternLayout& layout_;
  const PatternSource& source_;
  const int threads_;
  PatternEncoding& encoding_;
  PatternArrays& arrays_;
};

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_PATTERN_ENCODE_INL_H_
