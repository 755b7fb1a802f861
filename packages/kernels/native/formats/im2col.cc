#include <cstring>

#include "formats/channels_last.h"

namespace zeroskip {
namespace {

// Calls visit(entry, y, x, length) for every run of matrix entries that are neighbouring elements of the
// channels-last map, from pixel (y, x) on.
template <class F>
void VisitRuns(const MapGeometry& g, F&& visit) {
  const ConvSpec& s = g.spec;
  size_t entry = 0;
  for (int oy = 0; oy < g.OutHeight(); ++oy) {
    for (int ox = 0; ox < g.OutWidth(); ++ox) {
      for (int ky = 0; ky < s.k_h; ++ky, entry += size_t(s.k_w) * s.in_c) {
        const int y = oy * s.s_h + ky * s.d_h - s.pad_t;
        if (y < 0 || y >= g.height) continue;
        VisitTaps(g, ox, [&](int k, int x, int taps) {
          visit(entry + size_t(k) * s.in_c, y, x, size_t(taps) * s.in_c);
        });
      }
    }
  }
}

void Encode(const MapGeometry& g, const float* map, ArraySink& sink) {
  const ChannelsLast pixels(g, map);
  float* values = sink.MakeValues(size_t(g.OutHeight()) * g.OutWidth() * g.spec.k_h * g.spec.k_w * g.spec.in_c);
  VisitRuns(g, [&](size_t entry, int y, int x, size_t length) {
    std::memcpy(values + entry, pixels.Pixel(y, x), length * sizeof(float));
  });
}

void Decode(const MapGeometry& g, const std::vector<ArrayView>& arrays, float* map) {
  const ChannelsLast pixels(g);
  VisitRuns(g, [&](size_t entry, int y, int x, size_t length) {
    std::memcpy(pixels.Pixel(y, x), arrays[0].Values() + entry, length * sizeof(float));
  });
  pixels.CopyTo(map);
}

}  // namespace

extern const Format kIm2colFormat = {"im2col", Encode, Decode};

}  // namespace zeroskip
