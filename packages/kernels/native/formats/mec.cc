#include <cstring>

#include "formats/channels_last.h"
#include "formats/reads.h"

namespace zeroskip {
namespace {

// Calls visit(entry, y, x, length) for every run of matrix entries that are neighbouring elements of the
// channels-last map, from pixel (y, x) on, and that some output reads.
template <class F>
void VisitRuns(const MapGeometry& g, F&& visit) {
  const std::vector<uint8_t> rows = RowReadsOf(g);
  const size_t channels = g.spec.in_c;
  size_t entry = 0;
  for (int slab = 0; slab < g.OutWidth(); ++slab) {
    for (int row = 0; row < g.PaddedHeight(); ++row, entry += g.spec.k_w * channels) {
      if (!rows[row]) continue;
      VisitTaps(g, slab, [&](int k, int x, int taps) {
        visit(entry + k * channels, row - g.spec.pad_t, x, taps * channels);
      });
    }
  }
}

void Encode(const MapGeometry& g, const float* map, ArraySink& sink) {
  const ChannelsLast pixels(g, map);
  float* values = sink.MakeValues(size_t(g.OutWidth()) * g.PaddedHeight() * g.spec.k_w * g.spec.in_c);
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

extern const Format kMecFormat = {"mec", Encode, Decode};

}  // namespace zeroskip
