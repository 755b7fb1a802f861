#include "formats/reads.h"

namespace zeroskip {

std::vector<ColumnReads> ColumnReadsOf(const MapGeometry& g) {
  std::vector<ColumnReads> columns(g.PaddedWidth());
  for (int slab = 0; slab < g.OutWidth(); ++slab) {
    for (int k = 0; k < g.spec.k_w; ++k) {
      const int column = slab * g.spec.s_w + k * g.spec.d_w;
      if (column < g.spec.pad_l || column >= g.spec.pad_l + g.width) continue;
      ColumnReads& reads = columns[column];
      if (reads.overlap == 0) reads = {0, uint32_t(slab), uint32_t(k)};
      ++reads.overlap;
    }
  }
  return columns;
}

std::vector<uint8_t> RowReadsOf(const MapGeometry& g) {
  std::vector<uint8_t> rows(g.PaddedHeight());
  for (int y = 0; y < g.OutHeight(); ++y) {
    for (int k = 0; k < g.spec.k_h; ++k) {
      const int row = y * g.spec.s_h + k * g.spec.d_h;
      if (row >= g.spec.pad_t && row < g.spec.pad_t + g.height) rows[row] = 1;
    }
  }
  return rows;
}

}  // namespace zeroskip
