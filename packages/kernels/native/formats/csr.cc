#include <bit>

#include "formats/channels_last.h"
#include "formats/nonzero_masks.h"
#include "formats/reads.h"

namespace zeroskip {
namespace {

void Encode(const MapGeometry& g, const float* map, ArraySink& sink) {
  const ConvSpec& s = g.spec;
  const size_t channels = s.in_c;
  const ChannelsLast pixels(g, map);
  const int words = MaskWords(s.in_c);
  std::vector<uint64_t> masks(g.Plane() * words);
  NonZeroMasksFor(g.target)(pixels.Pixel(0, 0), g.Plane(), s.in_c, masks.data());

  const std::vector<uint8_t> rows = RowReadsOf(g);
  std::vector<uint32_t> column_non_zeros(g.width);
  for (int y = 0; y < g.height; ++y) {
    if (!rows[y + s.pad_t]) continue;
    const uint64_t* mask = &masks[size_t(y) * g.width * words];
    for (int x = 0; x < g.width; ++x) {
      for (int word = 0; word < words; ++word) column_non_zeros[x] += uint32_t(std::popcount(*mask++));
    }
  }
  std::vector<uint32_t> starts(g.OutWidth() + 1);
  for (int slab = 0; slab < g.OutWidth(); ++slab) {
    starts[slab + 1] = starts[slab];
    VisitTaps(g, slab, [&](int, int x, int taps) {
      for (int i = 0; i < taps; ++i) starts[slab + 1] += column_non_zeros[x + i];
    });
  }
  sink.MakeIndices("rowPointers", starts.back(), starts.size(),
                   [&](auto* to) { std::copy(starts.begin(), starts.end(), to); });

  const uint64_t max_index = uint64_t(g.PaddedHeight()) * s.k_w * channels - 1;
  sink.MakeIndices("columnIndices", max_index, starts.back(), [&]<class Index>(Index* indices) {
    float* values = sink.MakeValues(starts.back());
    const auto append = [&](int y, int x, size_t first_index) {
      const uint64_t* mask = &masks[(size_t(y) * g.width + x) * words];
      const float* pixel = pixels.Pixel(y, x);
      for (int word = 0; word < words; ++word) {
        for (uint64_t bits = mask[word]; bits != 0; bits &= bits - 1) {
          const size_t c = size_t(word) * kMaskBits + std::countr_zero(bits);
          *indices++ = Index(first_index + c);
          *values++ = pixel[c];
        }
      }
    };
    for (int slab = 0; slab < g.OutWidth(); ++slab) {
      for (int y = 0; y < g.height; ++y) {
        const int row = y + s.pad_t;
        if (!rows[row]) continue;
        VisitTaps(g, slab, [&](int k, int x, int taps) {
          for (int i = 0; i < taps; ++i) append(y, x + i, (size_t(row) * s.k_w + k + i) * channels);
        });
      }
    }
  });
}

void Decode(const MapGeometry& g, const std::vector<ArrayView>& arrays, float* map) {
  const ConvSpec& s = g.spec;
  const ArrayView& row_pointers = arrays[0];
  const ArrayView& column_indices = arrays[1];
  const float* values = arrays[2].Values();
  for (int slab = 0; slab < g.OutWidth(); ++slab) {
    for (size_t entry = row_pointers[slab]; entry < row_pointers[slab + 1]; ++entry) {
      const uint32_t index = column_indices[entry];
      const uint32_t position = index / s.in_c;
      const size_t channel = index % s.in_c;
      const int y = int(position / s.k_w) - s.pad_t;
      const int x = slab * s.s_w + int(position % s.k_w) * s.d_w - s.pad_l;
      map[(channel * g.height + y) * g.width + x] = values[entry];
    }
  }
}

}  // namespace

extern const Format kCsrFormat = {"csr", Encode, Decode};

}  // namespace zeroskip
