// Which outputs read what of a map.
#ifndef ZEROSKIP_FORMATS_READS_H_
#define ZEROSKIP_FORMATS_READS_H_

#include "formats/format.h"

namespace zeroskip {

// Slab n reads the padded columns n * s_w + k * d_w, one per tap k.
struct ColumnReads {
  uint32_t overlap;  // slabs that read the column; 0 in the padding
  uint32_t first;    // the first of them
  uint32_t tap;      // where the column is in that one
};

std::vector<ColumnReads> ColumnReadsOf(const MapGeometry& geometry);

// Per padded row: 1 where the map has a row that some output reads.
std::vector<uint8_t> RowReadsOf(const MapGeometry& geometry);

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_READS_H_
