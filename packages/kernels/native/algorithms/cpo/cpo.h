// Convolution on CPO: see docs/algorithms/cpo.md. Sizes shared by the descriptor and the execution.
#ifndef ZEROSKIP_ALGORITHMS_CPO_CPO_H_
#define ZEROSKIP_ALGORITHMS_CPO_CPO_H_

#include "conv/algorithm.h"
#include "conv/panels.h"

namespace zeroskip {

ZS_PER_TARGET(int, CpoMaxPanel, ())
ZS_PER_TARGET(void, CpoRun, (const ConvArgs& args))

inline Panels CpoPanels(const ConvConfig& config) {
  return Panels(config.spec.GroupOut(), VectorLanes(config.target), CpoMaxPanelFor(config.target)());
}

// Output rows that are encoded and computed together. Each band is a map of its own, encoded as CPO.
constexpr int kCpoBandRows = 8;
constexpr int kCpoMaxKernelWidth = 255;

// A non-zero element on its way to the multiplication: its value, and the byte offset of its weights from those
// of (first row of the band, first tap of its column, first channel).
struct CpoElement {
  float value;
  uint32_t weights;
};

// One worker's memory, for one group of channels and one band.
struct CpoWorkspace {
  int rows, columns, channels;
  int overlaps;  // R = ceil(k_w / s_w)
  size_t values_bytes, indices_bytes, pointers_bytes, cursors_bytes, elements_bytes, positions_bytes;

  CpoWorkspace(const ConvSpec& s, const InputSize& in) {
    rows = (std::min(kCpoBandRows, s.OutH(in.h)) - 1) * s.s_h + s.k_h;
    columns = (s.OutW(in.w) - 1) * s.s_w + s.k_w;  // padded columns that some output reads
    channels = s.GroupIn();
    overlaps = (s.k_w + s.s_w - 1) / s.s_w;
    const size_t elements = size_t(rows) * columns * channels;
    values_bytes = elements * sizeof(float);
    indices_bytes = elements * sizeof(uint16_t);
    pointers_bytes = size_t(columns + 1) * channels * sizeof(uint32_t);
    cursors_bytes = size_t(overlaps + 1) * channels * sizeof(uint32_t);
    elements_bytes = elements * sizeof(CpoElement);
    positions_bytes = size_t(columns) * (rows + 1) * sizeof(uint32_t);
  }
  size_t Bytes() const {
    const size_t all =
        values_bytes + indices_bytes + pointers_bytes * 2 + cursors_bytes + elements_bytes + positions_bytes;
    return (all + 127) / 64 * 64;
  }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_CPO_CPO_H_
