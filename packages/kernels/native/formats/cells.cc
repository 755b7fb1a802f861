#include "formats/cells.h"

#include <algorithm>
#include <tuple>

namespace zeroskip {

Cells::Cells(const MapGeometry& g) {
  const std::vector<ColumnReads> reads = ColumnReadsOf(g);
  for (int x = 0; x < g.width; ++x) {
    const ColumnReads& column = reads[x + g.spec.pad_l];
    if (column.overlap > 0) columns_.push_back({x, column});
  }
  const auto cell_of = [](const Column& c) { return std::tie(c.reads.overlap, c.reads.first); };
  std::stable_sort(columns_.begin(), columns_.end(),
                   [&](const Column& a, const Column& b) { return cell_of(a) < cell_of(b); });
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i == 0 || cell_of(columns_[i - 1]) != cell_of(columns_[i])) starts_.push_back(i);
  }
  starts_.push_back(columns_.size());
}

void MakeChannelFlags(ArraySink& sink, const std::vector<uint32_t>& entries_of_channel) {
  auto* flags = static_cast<uint8_t*>(sink.Make("channelFlags", Element::kUint8, (entries_of_channel.size() + 7) / 8));
  for (size_t channel = 0; channel < entries_of_channel.size(); ++channel) {
    if (entries_of_channel[channel] > 0) flags[channel / 8] |= uint8_t(1 << (channel % 8));
  }
}

void MakeChannelStarts(ArraySink& sink, const char* name, const std::vector<uint32_t>& items_of_channel) {
  std::vector<uint32_t> starts = {0};
  for (const uint32_t items : items_of_channel) {
    if (items > 0) starts.push_back(starts.back() + items);
  }
  sink.MakeIndices(name, starts.back(), starts.size(),
                   [&](auto* to) { std::copy(starts.begin(), starts.end(), to); });
}

void MakeCellEnds(ArraySink& sink, const std::vector<uint32_t>& entries_of_channel,
                  const std::vector<uint32_t>& entries_of_cell) {
  const size_t channels = entries_of_channel.size();
  const size_t cells = entries_of_cell.size() / channels;
  const auto non_empty = channels - std::count(entries_of_channel.begin(), entries_of_channel.end(), 0u);
  const uint32_t largest = *std::max_element(entries_of_channel.begin(), entries_of_channel.end());
  sink.MakeIndices("cellEnds", largest, non_empty * cells, [&]<class Index>(Index* to) {
    for (size_t channel = 0; channel < channels; ++channel) {
      if (entries_of_channel[channel] == 0) continue;
      uint32_t end = 0;
      for (size_t cell = 0; cell < cells; ++cell) *to++ = Index(end += entries_of_cell[channel * cells + cell]);
    }
  });
}

}  // namespace zeroskip
