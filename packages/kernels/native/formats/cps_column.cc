#include <bit>

#include "formats/cells.h"
#include "formats/columns.h"
#include "formats/nonzero_masks.h"

namespace zeroskip {
namespace {

constexpr int kSetRows = 4;
constexpr uint64_t kSetMask = (1 << kSetRows) - 1;
static_assert(kMaskBits % kSetRows == 0, "a set lies in one word of a mask");

// Calls visit(set, mask) for the sets of a column that hold a non-zero. Its masks begin with a set.
template <class F>
void VisitSets(const Columns& columns, int channel, int x, F&& visit) {
  const uint64_t* masks = columns.Masks(channel, x);
  for (int word = 0; word < columns.Words(); ++word) {
    for (uint64_t bits = masks[word]; bits != 0;) {
      const int first = std::countr_zero(bits) / kSetRows * kSetRows;
      visit((word * kMaskBits + first) / kSetRows, uint32_t(bits >> first & kSetMask));
      bits &= ~(kSetMask << first);
    }
  }
}

void Encode(const MapGeometry& g, const float* map, ArraySink& sink) {
  const ConvSpec& s = g.spec;
  const Cells cells(g);
  // Sets are of rows of the padded map: the first one may begin above it.
  const Columns columns(g, map, s.pad_t % kSetRows);
  const uint32_t sets_above = s.pad_t / kSetRows;
  std::vector<uint32_t> sets_of_channel(s.in_c);
  std::vector<uint32_t> values_of_channel(s.in_c);
  std::vector<uint32_t> sets_of_cell(s.in_c * cells.Count());
  size_t all_sets = 0;
  size_t all_values = 0;
  for (int channel = 0; channel < s.in_c; ++channel) {
    for (size_t cell = 0; cell < cells.Count(); ++cell) {
      uint32_t sets = 0;
      uint32_t values = 0;
      for (const Cells::Column& column : cells.Columns(cell)) {
        VisitSets(columns, channel, column.x, [&](int, uint32_t mask) {
          ++sets;
          values += uint32_t(std::popcount(mask));
        });
      }
      sets_of_cell[channel * cells.Count() + cell] = sets;
      sets_of_channel[channel] += sets;
      values_of_channel[channel] += values;
      all_sets += sets;
      all_values += values;
    }
  }
  MakeChannelFlags(sink, sets_of_channel);
  MakeChannelStarts(sink, "channelStarts", sets_of_channel);
  MakeChannelStarts(sink, "valueStarts", values_of_channel);
  MakeCellEnds(sink, sets_of_channel, sets_of_cell);
  const uint64_t positions = uint64_t((g.PaddedHeight() + kSetRows - 1) / kSetRows) * s.k_w;
  sink.MakeIndices("words", (positions << kSetRows) - 1, all_sets, [&]<class Index>(Index* words) {
    float* to = sink.MakeValues(all_values);
    for (int channel = 0; channel < s.in_c; ++channel) {
      if (sets_of_channel[channel] == 0) continue;
      for (size_t cell = 0; cell < cells.Count(); ++cell) {
        for (const Cells::Column& column : cells.Columns(cell)) {
          const float* from = columns.Values(channel, column.x);
          VisitSets(columns, channel, column.x, [&](int set, uint32_t mask) {
            const uint32_t position = (sets_above + uint32_t(set)) * s.k_w + column.reads.tap;
            *words++ = Index(position << kSetRows | mask);
            for (uint32_t bits = mask; bits != 0; bits &= bits - 1) {
              *to++ = from[set * kSetRows + std::countr_zero(bits)];
            }
          });
        }
      }
    }
  });
}

void Decode(const MapGeometry& g, const std::vector<ArrayView>& arrays, float* map) {
  const ConvSpec& s = g.spec;
  const ArrayView& words = arrays[4];
  const float* values = arrays[5].Values();
  VisitCells(g, arrays[0], arrays[1], arrays[3], [&](int channel, int slab, size_t start, size_t end) {
    for (size_t entry = start; entry < end; ++entry) {
      const uint32_t position = words[entry] >> kSetRows;
      const int x = slab * s.s_w + int(position % s.k_w) * s.d_w - s.pad_l;
      const int first_y = int(position / s.k_w) * kSetRows - s.pad_t;
      for (uint32_t bits = words[entry] & kSetMask; bits != 0; bits &= bits - 1) {
        const int y = first_y + std::countr_zero(bits);
        map[(size_t(channel) * g.height + y) * g.width + x] = *values++;
      }
    }
  });
}

}  // namespace

extern const Format kCpsColumnFormat = {"cps-column", Encode, Decode};

}  // namespace zeroskip
