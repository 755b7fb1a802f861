#include <algorithm>
#include <bit>

#include "formats/cps_strip.h"
#include "formats/format.h"
#include "formats/reads.h"
#include "formats/spool.h"
#include "program/buffer.h"

namespace zeroskip {
namespace {

struct Layout {
  int tile_width, patterns, tiles, blocks;
  size_t rows;  // padded rows x blocks

  explicit Layout(const MapGeometry& g)
      : tile_width(g.parameters[0]),
        patterns((1 << tile_width) - 1),
        tiles((g.PaddedWidth() + tile_width - 1) / tile_width),
        blocks((g.spec.in_c + kCpsBlock - 1) / kCpsBlock),
        rows(size_t(g.PaddedHeight()) * blocks) {}
};

// [tile][slot]: all bits set where some output reads the column.
std::vector<uint32_t> LanesOf(const MapGeometry& g, const Layout& layout) {
  const std::vector<ColumnReads> columns = ColumnReadsOf(g);
  const int slot = CpsSlot(layout.tile_width);
  std::vector<uint32_t> lanes(size_t(layout.tiles) * slot);
  for (size_t column = 0; column < columns.size(); ++column) {
    const size_t tile = column / layout.tile_width;
    if (columns[column].overlap > 0) lanes[tile * slot + column % layout.tile_width] = ~uint32_t(0);
  }
  return lanes;
}

// The lists of a map, and where those of each row begin.
struct Lists {
  std::vector<uint8_t> flags;
  std::vector<uint32_t> row_lists, row_sets, row_values;
  Spool<uint16_t> pattern_ends;
  Spool<uint8_t> channels;
  Spool<float> values;
  uint16_t max_sets = 0;
  size_t lists = 0;
};

void AppendStrip(CpsStrip& strip, size_t first_flag, int patterns, int target, Lists& to) {
  const size_t sets = size_t(strip.tiles) * strip.channels;
  uint16_t sets_of_tile[CpsStripTiles(2)];
  strip.sets = sets_of_tile;
  strip.channels_of_sets = to.channels.Reserve(sets + kCpsSetSlack);
  strip.values = to.values.Reserve(sets * strip.tile_width + kCpsValueSlack);
  strip.pattern_ends = to.pattern_ends.Reserve(size_t(strip.tiles) * patterns);
  const CpsStripSizes sizes = EncodeCpsStripFor(target)(strip);
  to.channels.Commit(sizes.sets);
  to.values.Commit(sizes.values);
  to.pattern_ends.Commit(sizes.lists * patterns);
  to.lists += sizes.lists;
  for (int tile = 0; tile < strip.tiles; ++tile) {
    if (sets_of_tile[tile] == 0) continue;
    const size_t flag = first_flag + tile;
    to.flags[flag / 8] |= uint8_t(1 << (flag % 8));
    to.max_sets = std::max(to.max_sets, sets_of_tile[tile]);
  }
}

void Encode(const MapGeometry& g, const float* map, ArraySink& sink) {
  const Layout layout(g);
  const std::vector<uint8_t> rows = RowReadsOf(g);
  const std::vector<uint32_t> lanes = LanesOf(g, layout);
  // Tiles of nothing but padding have no lists.
  const int first_tile = g.spec.pad_l / layout.tile_width;
  const int end_tile = (g.spec.pad_l + g.width - 1) / layout.tile_width + 1;
  const Buffer slots(kCpsSlotFloats, Fill::kZeros);
  Lists lists;
  lists.flags.resize((layout.rows * layout.tiles + 7) / 8);
  for (auto* starts : {&lists.row_lists, &lists.row_sets, &lists.row_values}) starts->reserve(layout.rows + 1);
  const auto begin_row = [&] {
    lists.row_lists.push_back(uint32_t(lists.lists));
    lists.row_sets.push_back(uint32_t(lists.channels.Size()));
    lists.row_values.push_back(uint32_t(lists.values.Size()));
  };
  for (size_t row = 0; row < layout.rows; ++row) {
    begin_row();
    const int padded_row = int(row / layout.blocks);
    if (!rows[padded_row]) continue;
    const int channel = int(row % layout.blocks) * kCpsBlock;
    const ptrdiff_t row_start = ptrdiff_t(channel * g.Plane()) + ptrdiff_t(padded_row - g.spec.pad_t) * g.width;
    for (int tile = first_tile; tile < end_tile; tile += CpsStripTiles(layout.tile_width)) {
      CpsStrip strip = {};
      strip.map = map;
      strip.size = ptrdiff_t(g.Size());
      strip.start = row_start + ptrdiff_t(tile) * layout.tile_width - g.spec.pad_l;
      strip.plane = ptrdiff_t(g.Plane());
      strip.channels = std::min(kCpsBlock, g.spec.in_c - channel);
      strip.tiles = std::min(CpsStripTiles(layout.tile_width), end_tile - tile);
      strip.tile_width = layout.tile_width;
      strip.lanes = &lanes[size_t(tile) * CpsSlot(layout.tile_width)];
      strip.slots = slots.Data();
      AppendStrip(strip, row * layout.tiles + tile, layout.patterns, g.target, lists);
    }
  }
  begin_row();

  const auto copy = [](const std::vector<uint32_t>& from) {
    return [&from](auto* to) { std::copy(from.begin(), from.end(), to); };
  };
  void* flags = sink.Make("listFlags", Element::kUint8, lists.flags.size());
  std::copy(lists.flags.begin(), lists.flags.end(), static_cast<uint8_t*>(flags));
  sink.MakeIndices("rowLists", lists.lists, layout.rows + 1, copy(lists.row_lists));
  sink.MakeIndices("rowSets", lists.channels.Size(), layout.rows + 1, copy(lists.row_sets));
  sink.MakeIndices("rowValues", lists.values.Size(), layout.rows + 1, copy(lists.row_values));
  sink.MakeIndices("patternEnds", lists.max_sets, lists.pattern_ends.Size(),
                   [&](auto* to) { lists.pattern_ends.CopyTo(to); });
  lists.channels.CopyTo(static_cast<uint8_t*>(sink.Make("channels", Element::kUint8, lists.channels.Size())));
  lists.values.CopyTo(sink.MakeValues(lists.values.Size()));
}

void Decode(const MapGeometry& g, const std::vector<ArrayView>& arrays, float* map) {
  const Layout layout(g);
  const ArrayView& flags = arrays[0];
  const ArrayView& pattern_ends = arrays[4];
  const ArrayView& channels = arrays[5];
  const float* values = arrays[6].Values();
  size_t end_of_pattern = 0;
  size_t set = 0;
  for (size_t list = 0; list < layout.rows * layout.tiles; ++list) {
    if (!(flags[list / 8] >> (list % 8) & 1)) continue;
    const size_t row = list / layout.tiles;
    const ptrdiff_t y = ptrdiff_t(row / layout.blocks) - g.spec.pad_t;
    const ptrdiff_t x = ptrdiff_t(list % layout.tiles) * layout.tile_width - g.spec.pad_l;
    const ptrdiff_t tile = ptrdiff_t(row % layout.blocks * kCpsBlock * g.Plane()) + y * g.width + x;
    const size_t first_set = set;
    for (uint32_t pattern = 1; pattern <= uint32_t(layout.patterns); ++pattern) {
      const size_t end = first_set + pattern_ends[end_of_pattern++];
      for (; set < end; ++set) {
        const ptrdiff_t at = tile + ptrdiff_t(channels[set] * g.Plane());
        for (uint32_t bits = pattern; bits != 0; bits &= bits - 1) map[at + std::countr_zero(bits)] = *values++;
      }
    }
  }
}

}  // namespace

extern const Format kCpsFormat = {"cps", Encode, Decode};

}  // namespace zeroskip
