#include "formats/columns.h"

#include <algorithm>

#include "formats/nonzero_masks.h"
#include "formats/reads.h"
#include "steps/steps.h"

namespace zeroskip {

Columns::Columns(const MapGeometry& g, const float* map, int lead)
    : width_(g.width),
      length_(lead + g.height),
      words_(MaskWords(length_)),
      values_(size_t(g.spec.in_c) * g.width * length_),
      masks_(size_t(g.spec.in_c) * g.width * words_) {
  const size_t columns = size_t(g.spec.in_c) * g.width;
  // The rows of a plane become the channels of one row of pixels.
  const MapView rows = {const_cast<float*>(map), g.spec.in_c, 1, g.width, g.height, g.height};
  RunToChannelsLastFor(g.target)({rows, {values_.Data() + lead, rows.n, rows.h, rows.w, rows.c, length_}}, 1);
  for (size_t column = 0; column < columns; ++column) std::fill_n(values_.Data() + column * length_, lead, 0.0f);
  NonZeroMasksFor(g.target)(values_.Data(), columns, length_, masks_.data());

  const std::vector<uint8_t> read = RowReadsOf(g);
  std::vector<uint64_t> read_bits(words_);
  bool all = true;
  for (int y = 0; y < g.height; ++y) {
    if (read[y + g.spec.pad_t]) {
      read_bits[(lead + y) / kMaskBits] |= uint64_t(1) << ((lead + y) % kMaskBits);
    } else {
      all = false;
    }
  }
  if (all) return;
  for (size_t i = 0; i < masks_.size(); ++i) masks_[i] &= read_bits[i % words_];
}

}  // namespace zeroskip
