// The arrays of the formats `cpo` and `cps-column` (packages/formats draws them), and what encodes and multiplies them.
// See docs/algorithms/cpo.md and arXiv 2104.08314.
#ifndef ZEROSKIP_ALGORITHMS_PATTERN_PATTERN_H_
#define ZEROSKIP_ALGORITHMS_PATTERN_PATTERN_H_

#include <algorithm>
#include <cstdint>

#include "conv/algorithm.h"
#include "conv/panels.h"
#include "parallel/parts.h"

namespace zeroskip {

enum class PatternKind { kCpo, kCpsColumn };

// Rows of a column that share a word of `cps-column`.
constexpr int kSetRows = 4;

// Unsigned integers in the narrowest of 1, 2 and 4 bytes that holds their range.
struct IndexArray {
  void* data = nullptr;
  int bytes = 4;

  uint32_t operator[](size_t i) const {
    if (bytes == 1) return static_cast<const uint8_t*>(data)[i];
    if (bytes == 2) return static_cast<const uint16_t*>(data)[i];
    return static_cast<const uint32_t*>(data)[i];
  }
  void Set(size_t i, uint32_t value) const {
    if (bytes == 1) {
      static_cast<uint8_t*>(data)[i] = uint8_t(value);
    } else if (bytes == 2) {
      static_cast<uint16_t*>(data)[i] = uint16_t(value);
    } else {
      static_cast<uint32_t*>(data)[i] = value;
    }
  }
};
inline int IndexBytes(uint64_t max) { return max <= 0xff ? 1 : max <= 0xffff ? 2 : 4; }

// One image's map. `entries` are IN of `cpo` and the words (base and mask) of `cps-column`; `values` are DA.
struct PatternArrays {
  uint8_t* channel_flags;
  IndexArray channel_starts;
  IndexArray value_starts;  // of `cps-column` only
  IndexArray cell_ends;
  IndexArray entries;
  float* values;
  size_t flagged, entry_count, value_count;
};

// Columns of the map that share an overlap and a first slab, from column `first` of the layout's: what one pointer of a
// channel counts.
struct PatternCell {
  int overlap, slab, first;
};
// A column of the map that slabs read: where it is, its cell, and its tap in its first slab.
struct PatternColumn {
  int x, cell, tap;
};

// How a convolution reads maps of one size. Numbers alone: what fills the tables is LayOut.
struct PatternLayout {
  PatternKind kind;
  ConvSpec spec;
  int h, w, out_h, out_w;
  int padded_h;
  int overlaps;             // R: the most slabs that can read a column
  int slab_step, tap_step;  // from one slab that reads a column to the next, which reads it with an earlier tap
  int cell_count = 0, column_count = 0;
  PatternCell* cells = nullptr;
  PatternColumn* columns = nullptr;
  uint64_t* row_bits = nullptr;  // bit i: row i of the padded map is one of the map, and some output reads it

  PatternLayout(PatternKind kind_, const ConvSpec& s, int h_, int w_);

  int RowWords() const { return (padded_h + 63) / 64; }
  // Of the entries.
  uint64_t MaxEntry() const {
    const uint64_t kw = uint64_t(spec.k_w);
    if (kind == PatternKind::kCpo) return uint64_t(padded_h) * kw - 1;
    return uint64_t(16) * ((padded_h + kSetRows - 1) / kSetRows) * kw - 1;
  }
  // Outputs of a column that reads [0, out_h), in whole vectors of any target.
  int OutputFloats() const { return (out_h + 15) / 16 * 16; }
};

// Takes memory in turn; without any, it counts.
class Carver {
 public:
  explicit Carver(char* base) : base_(base) {}
  template <class T>
  T* Take(size_t count) {
    const size_t at = used_;
    used_ += (count * sizeof(T) + 63) / 64 * 64;
    return base_ ? reinterpret_cast<T*>(base_ + at) : nullptr;
  }
  size_t Used() const { return used_; }

 private:
  char* base_;
  size_t used_ = 0;
};

// Fills the tables of a layout, in memory from `carver`.
void LayOut(PatternLayout* layout, Carver* carver);

// Counts of a channel, and where its entries and values begin.
struct PatternChannel {
  uint32_t entries, values, first_entry, first_value, flagged_before;
};

// Entries and values that an encoder may write past the last one.
constexpr int kPatternSlack = 16;

// The arrays of one map, and what encoding it takes beside them.
struct PatternEncoding {
  float* columns;          // [channel][column of the map][row of the padded map]
  uint64_t* bits;          // [channel][column of the layout][word]: rows that hold a value
  uint32_t* entry_counts;  // [channel][cell]
  PatternChannel* channel_counts;
  PatternArrays arrays;

  PatternEncoding(const PatternLayout& layout, int channels, Carver* carver);
};

// A map as float32: element (y, x, c) is data[y * row + x * column + c * channel].
struct PatternSource {
  const float* data;
  ptrdiff_t row, column, channel;
  int channels;
};

// How a layer's filters are multiplied. Where a group has so few that they would not fill vectors, the rows of a column
// fill them instead.
struct PatternFilters {
  Panels panels;
  bool few;

  // Columns of a large stride would be cut into as many residues, each longer than what it holds.
  static constexpr int kMaxResidues = 16;
  static constexpr int kMaxVectors = 4;  // of a panel

  PatternFilters(const ConvSpec& s, int lanes)
      : panels(s.GroupOut(), lanes, kMaxVectors), few(s.GroupOut() * 2 <= lanes && s.s_h <= kMaxResidues) {}
  explicit PatternFilters(const ConvConfig& config) : PatternFilters(config.spec, VectorLanes(config.target)) {}

  // [group][panel][channel][ky][kx][lane], or of few filters [group][channel][filter][kx][ky].
  size_t Floats(const ConvSpec& s) const {
    const size_t of_filter = size_t(s.k_h) * s.k_w * s.GroupIn();
    return size_t(s.group) * of_filter * (few ? s.GroupOut() : panels.count * panels.Floats());
  }
};

// Output columns that are summed together, and the memory of the sums.
struct PatternBlocks {
  Parts columns;
  size_t sums;  // floats for a worker; of few filters, for all of the layer

  PatternBlocks(const PatternLayout& layout, const PatternFilters& filters, int workers);
};

// What the multiplication of maps of one size takes: tables, and memory for one map.
struct PatternProduct {
  PatternFilters filters;
  int workers;
  PatternBlocks blocks;
  uint64_t inverse;         // ceil(2^32 / k_w)
  uint32_t* value_begins;   // [flagged channel][cell]: the values before the cell's
  uint32_t* channel_of;     // of the flagged channels
  int* flagged_before;      // [group]: flagged channels of the groups before
  struct RowTap {
    uint32_t output, weights;  // offsets, in floats
  };
  RowTap* row_taps;    // outputs that a row feeds, and the weights that it meets there
  int* row_begins;     // [row of the padded map]
  int* row_places;     // [row]: where few filters keep it in a column
  int* row_outputs;    // [row]: the output whose first tap it is, or the one before
  int* tap_places;     // [ky]: where the first output of a column finds it
  int residue_floats;  // of few filters: rows of one residue, modulo the stride
  char* worker_memory;
  size_t worker_bytes;
  float* sums;  // of few filters

  PatternProduct(const PatternLayout& layout, const ConvConfig& config, int threads, Carver* carver);

 private:
  void FillTables(const PatternLayout& layout);
};

ZS_PER_TARGET(void, PatternEncode, (const PatternLayout& layout, const PatternSource& source, int threads,
                                    PatternEncoding* encoding))
// `map` of image `image`, whose output it writes. The scratch memory of `args` is not used.
ZS_PER_TARGET(void, PatternMultiply, (const ConvArgs& args, const PatternLayout& layout, const PatternArrays& map,
                                      const PatternProduct& product, int image))

// What the rows `cpo` and `cps-column` of the registry share.
const char* RefusePattern(PatternKind kind, const ConvSpec& spec, const InputSize& in);
size_t PatternPackedFloats(const ConvConfig& config);
void PreparePattern(const ConvConfig& config, const float* weights, float* packed);
double PatternSeconds(PatternKind kind, const ConvConfig& config, const InputSize& in, const MapStatistics& map,
                      const CoreRates& core);
size_t PatternScratchBytes(PatternKind kind, const ConvConfig& config, const InputSize& in, int threads);
void RunPattern(PatternKind kind, const ConvArgs& args);
// A map of h x w that is encoded already; of `args`, the input is not read.
size_t EncodedScratchBytes(PatternKind kind, const ConvConfig& config, int h, int w, int threads);
void MultiplyEncoded(PatternKind kind, const ConvArgs& args, const PatternArrays& map, int h, int w);

template <PatternKind kKind>
Algorithm PatternAlgorithm(const char* id, const char* summary) {
  return {
      .id = id,
      .summary = summary,
      .sparse = true,
      .refuse = [](const ConvSpec& spec, const InputSize& in) { return RefusePattern(kKind, spec, in); },
      .packed_floats = PatternPackedFloats,
      .prepare = PreparePattern,
      .seconds =
          [](const ConvConfig& config, const InputSize& in, const MapStatistics& map, const CoreRates& core) {
            return PatternSeconds(kKind, config, in, map, core);
          },
      .scratch_bytes = [](const ConvConfig& config, const InputSize& in,
                          int threads) { return PatternScratchBytes(kKind, config, in, threads); },
      .run = [](int) -> void (*)(const ConvArgs&) { return [](const ConvArgs& args) { RunPattern(kKind, args); }; },
  };
}

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_PATTERN_PATTERN_H_
