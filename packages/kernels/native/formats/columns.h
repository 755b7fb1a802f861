// A map with the elements of a column side by side, and which of them an encoder that skips zeros takes.
#ifndef ZEROSKIP_FORMATS_COLUMNS_H_
#define ZEROSKIP_FORMATS_COLUMNS_H_

#include "formats/format.h"
#include "program/buffer.h"

namespace zeroskip {

class Columns {
 public:
  // Each column begins with `lead` zeros, which count as rows.
  Columns(const MapGeometry& geometry, const float* map, int lead);

  // From the first row or lead on.
  const float* Values(int channel, int x) const { return values_.Data() + Index(channel, x) * length_; }
  // Bit i of these words: element i is not zero, and some output reads its row.
  const uint64_t* Masks(int channel, int x) const { return masks_.data() + Index(channel, x) * words_; }
  int Words() const { return words_; }

 private:
  size_t Index(int channel, int x) const { return size_t(channel) * width_ + x; }

  int width_, length_, words_;
  Buffer values_;
  std::vector<uint64_t> masks_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_COLUMNS_H_
