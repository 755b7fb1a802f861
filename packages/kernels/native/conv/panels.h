// How output channels are cut into panels: the columns that one micro-kernel call computes.
#ifndef ZEROSKIP_CONV_PANELS_H_
#define ZEROSKIP_CONV_PANELS_H_

#include <algorithm>

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

}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_PANELS_H_
