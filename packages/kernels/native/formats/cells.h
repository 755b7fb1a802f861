// What CPO and CPS column sets share: how columns are grouped, and pointers into the groups.
#ifndef ZEROSKIP_FORMATS_CELLS_H_
#define ZEROSKIP_FORMATS_CELLS_H_

#include <span>

#include "formats/format.h"
#include "formats/reads.h"

namespace zeroskip {

// Columns of the map that some slab reads, sorted by overlap, first slab and position. Those of one overlap and
// first slab are a cell.
class Cells {
 public:
  struct Column {
    int x;  // without padding
    ColumnReads reads;
  };

  explicit Cells(const MapGeometry& geometry);

  size_t Count() const { return starts_.size() - 1; }
  std::span<const Column> Columns(size_t cell) const {
    return std::span(columns_).subspan(starts_[cell], starts_[cell + 1] - starts_[cell]);
  }

 private:
  std::vector<Column> columns_;
  std::vector<size_t> starts_;
};

// Makes the array channelFlags: bit c says whether channel c has entries.
void MakeChannelFlags(ArraySink& sink, const std::vector<uint32_t>& entries_of_channel);

// Makes an array of where the items of each channel that has any begin, and of their number.
void MakeChannelStarts(ArraySink& sink, const char* name, const std::vector<uint32_t>& items_of_channel);

// Makes the array cellEnds of the channels that have entries, from the entries of each channel and cell.
void MakeCellEnds(ArraySink& sink, const std::vector<uint32_t>& entries_of_channel,
                  const std::vector<uint32_t>& entries_of_cell);

inline bool HasBit(const ArrayView& flags, size_t i) { return flags[i / 8] >> (i % 8) & 1; }

// Calls visit(channel, slab, start, end) for every cell of every channel that has entries.
template <class F>
void VisitCells(const MapGeometry& g, const ArrayView& flags, const ArrayView& starts, const ArrayView& ends,
                F&& visit) {
  const Cells cells(g);
  size_t position = 0;
  for (int channel = 0; channel < g.spec.in_c; ++channel) {
    if (!HasBit(flags, channel)) continue;
    const size_t base = starts[position];
    size_t start = base;
    for (size_t cell = 0; cell < cells.Count(); ++cell) {
      const size_t end = base + ends[position * cells.Count() + cell];
      visit(channel, int(cells.Columns(cell)[0].reads.first), start, end);
      start = end;
    }
    ++position;
  }
}

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_CELLS_H_
