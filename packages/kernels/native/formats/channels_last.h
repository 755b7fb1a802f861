// A map with the channels of a pixel side by side: what the rows of lowered matrices are made of.
#ifndef ZEROSKIP_FORMATS_CHANNELS_LAST_H_
#define ZEROSKIP_FORMATS_CHANNELS_LAST_H_

#include "formats/format.h"
#include "program/buffer.h"

namespace zeroskip {

class ChannelsLast {
 public:
  // All zeros.
  explicit ChannelsLast(const MapGeometry& geometry);
  // A copy of a C x H x W map.
  ChannelsLast(const MapGeometry& geometry, const float* map);

  float* Pixel(int y, int x) const { return values_.Data() + (size_t(y) * geometry_.width + x) * geometry_.spec.in_c; }
  // Back to C x H x W.
  void CopyTo(float* map) const;

 private:
  const MapGeometry& geometry_;
  Buffer values_;
};

// Calls visit(k, x, taps) for the runs of taps [k, k + taps) of slab `slab` that read neighbouring columns of the
// map, from column x on. Taps in the padding are in no run.
template <class F>
void VisitTaps(const MapGeometry& g, int slab, F&& visit) {
  const ConvSpec& s = g.spec;
  int run = 0;
  for (int k = 0; k <= s.k_w; ++k) {
    const int x = slab * s.s_w + k * s.d_w - s.pad_l;
    const bool inside = k < s.k_w && x >= 0 && x < g.width;
    if (run > 0 && (!inside || s.d_w > 1)) {
      visit(k - run, x - run * s.d_w, run);
      run = 0;
    }
    if (inside) ++run;
  }
}

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_CHANNELS_LAST_H_
