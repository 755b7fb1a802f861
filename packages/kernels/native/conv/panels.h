// How output channels are cut into panels: the columns that one micro-kernel call computes.
#ifndef ZEROSKIP_CONV_PANELS_H_
#define ZEROSKIP_CONV_PANELS_H_

#include <algorithm>

#include "conv/conv_args.h"

namespace zeroskip {

// `channels` in vectors of `lanes`, at most `max_vectors` vectors a panel, as even as possible. All panels are
// stored `vectors` wide; the last one may compute fewer.
struct Panels {
  int channels, lanes, count, vectors;

  Panels(int channels_, int lanes_, int max_vectors) : channels(channels_), lanes(lanes_) {
    const int all = (channels + lanes - 1) / lanes;
    count = (all + max_vectors - 1) / max_vectors;
    vectors = (all + count - 1) / count;
    count = (all + vectors - 1) / vectors;
  }
  int Floats() const { return vectors * lanes; }
  int First(int panel) const { return panel * Floats(); }
  // Valid channels of `panel`.
  int Valid(int panel) const { return std::min(Floats(), channels - First(panel)); }
  // Vectors that hold them.
  int Vectors(int panel) const { return (Valid(panel) + lanes - 1) / lanes; }
};

// Packs input channels [first, first + channels) of one panel of `M x C/group x kH x kW` weights as
// [ky][kx][c][lane]; the lanes past the last output channel are zeros.
inline void PackPanel(const ConvSpec& s, const Panels& panels, int group, int panel, int first, int channels,
                      const float* weights, float* packed) {
  const int taps = s.k_h * s.k_w;
  const int valid = panels.Valid(panel);
  const size_t tap_floats = size_t(channels) * panels.Floats();
  const size_t of_panel = size_t(group) * s.GroupOut() + panels.First(panel);
  // The kernels of one input channel at a time: each is read once.
  for (int c = 0; c < channels; ++c, packed += panels.Floats()) {
    for (int n = 0; n < panels.Floats(); ++n) {
      const float* const kernel =
          n < valid ? weights + ((of_panel + n) * s.GroupIn() + first + c) * taps : nullptr;
      for (int tap = 0; tap < taps; ++tap) packed[tap * tap_floats + n] = kernel ? kernel[tap] : 0.0f;
    }
  }
}

// Floats that PackByTap writes.
inline size_t PackedByTapFloats(const ConvSpec& s, const Panels& panels) {
  return size_t(s.group) * panels.count * s.k_h * s.k_w * s.GroupIn() * panels.Floats();
}

// The same for all input channels, as [group][panel][ky][kx][c][lane].
inline void PackByTap(const ConvSpec& s, const Panels& panels, const float* weights, float* packed) {
  const size_t panel_floats = size_t(s.k_h) * s.k_w * s.GroupIn() * panels.Floats();
  for (int g = 0; g < s.group; ++g) {
    for (int p = 0; p < panels.count; ++p, packed += panel_floats) {
      PackPanel(s, panels, g, p, 0, s.GroupIn(), weights, packed);
    }
  }
}

}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_PANELS_H_
