#include <bit>

#include "formats/cells.h"
#include "formats/columns.h"
#include "formats/nonzero_masks.h"

namespace zeroskip {
namespace {

void Encode(const MapGeometry& g, const float* map, ArraySink& sink) {
  const ConvSpec& s = g.spec;
  const Cells cells(g);
  const Columns columns(g, map, 0);
  std::vector<uint32_t> of_channel(s.in_c);
  std::vector<uint32_t> of_cell(s.in_c * cells.Count());
  size_t non_zeros = 0;
  for (int channel = 0; channel < s.in_c; ++channel) {
    for (size_t cell = 0; cell < cells.Count(); ++cell) {
      uint32_t count = 0;
      for (const Cells::Column& column : cells.Columns(cell)) {
        const uint64_t* masks = columns.Masks(channel, column.x);
        for (int word = 0; word < columns.Words(); ++word) count += uint32_t(std::popcount(masks[word]));
      }
      of_cell[channel * cells.Count() + cell] = count;
      of_channel[channel] += count;
      non_zeros += count;
    }
  }
  MakeChannelFlags(sink, of_channel);
  MakeChannelStarts(sink, "channelStarts", of_channel);
  MakeCellEnds(sink, of_channel, of_cell);
  const uint64_t max_index = uint64_t(g.PaddedHeight()) * s.k_w - 1;
  sink.MakeIndices("indices", max_index, non_zeros, [&]<class Index>(Index* indices) {
    float* values = sink.MakeValues(non_zeros);
    for (int channel = 0; channel < s.in_c; ++channel) {
      if (of_channel[channel] == 0) continue;
      for (size_t cell = 0; cell < cells.Count(); ++cell) {
        for (const Cells::Column& column : cells.Columns(cell)) {
          const uint64_t* masks = columns.Masks(channel, column.x);
          const float* from = columns.Values(channel, column.x);
          for (int word = 0; word < columns.Words(); ++word) {
            for (uint64_t bits = masks[word]; bits != 0; bits &= bits - 1) {
              const int y = word * kMaskBits + std::countr_zero(bits);
              *indices++ = Index(uint32_t(y + s.pad_t) * s.k_w + column.reads.tap);
              *values++ = from[y];
            }
          }
        }
      }
    }
  });
}

void Decode(const MapGeometry& g, const std::vector<ArrayView>& arrays, float* map) {
  const ConvSpec& s = g.spec;
  const ArrayView& indices = arrays[3];
  const float* values = arrays[4].Values();
  VisitCells(g, arrays[0], arrays[1], arrays[2], [&](int channel, int slab, size_t start, size_t end) {
    for (size_t entry = start; entry < end; ++entry) {
      const uint32_t index = indices[entry];
      const int y = int(index / s.k_w) - s.pad_t;
      const int x = slab * s.s_w + int(index % s.k_w) * s.d_w - s.pad_l;
      map[(size_t(channel) * g.height + y) * g.width + x] = values[entry];
    }
  });
}

}  // namespace

extern const Format kCpoFormat = {"cpo", Encode, Decode};

}  // namespace zeroskip
