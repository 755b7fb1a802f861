#ifndef ZEROSKIP_FORMATS_CPS_STRIP_H_
#define ZEROSKIP_FORMATS_CPS_STRIP_H_

#include <cstddef>
#include <cstdint>

#include "target/target.h"

namespace zeroskip {

// Channels that one list spans, so that a channel's index takes one byte.
constexpr int kCpsBlock = 256;

// Floats that a set takes while it is sorted: the tile width, rounded up to 4 or 8.
constexpr int CpsSlot(int tile_width) { return tile_width <= 4 ? 4 : 8; }
// One cache line more than a block needs: the lines of neighbouring tiles must not share a set of the cache.
constexpr int CpsTileFloats(int slot) { return kCpsBlock * slot + 16; }
// Tiles of a strip: their slots, 266 KB, stay in L2.
constexpr int CpsStripTiles(int tile_width) { return 256 / CpsSlot(tile_width); }
constexpr int kCpsSlotFloats = CpsStripTiles(4) * CpsTileFloats(4);

// What an encoder may write past the sets and past the values of a strip.
constexpr int kCpsSetSlack = 64;
constexpr int kCpsValueSlack = 4;

// Neighbouring tiles of one row, in one block of channels.
struct CpsStrip {
  const float* map;
  ptrdiff_t size;         // floats of the map: nothing else is read
  ptrdiff_t start;        // of the first tile's first column in the first channel; the padding may lie outside the map
  ptrdiff_t plane;        // floats between channels
  int channels;           // at most kCpsBlock
  int tiles;              // at most CpsStripTiles(tile_width)
  int tile_width;         // 2 to 8
  const uint32_t* lanes;  // [tile][slot]: all bits set where some output reads that column of the map
  float* slots;           // kCpsSlotFloats, 64-byte aligned
  // Written, one list after the other:
  uint8_t* channels_of_sets;
  float* values;
  uint16_t* pattern_ends;
  uint16_t* sets;  // [tile], 0 for those without a list
};

struct CpsStripSizes {
  size_t lists, sets, values;
};

ZS_PER_TARGET(CpsStripSizes, EncodeCpsStrip, (const CpsStrip& strip))

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_CPS_STRIP_H_
