// From the part of a map that a pass meets to lists of sets.
#ifndef ZEROSKIP_ALGORITHMS_CPS_CPS_ENCODE_INL_H_
#define ZEROSKIP_ALGORITHMS_CPS_CPS_ENCODE_INL_H_

#include <cstring>

#include "algorithms/cps/cps-sets-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

class Encoder {
 public:
  // `lists` and `masks` are the worker's.
  Encoder(const ConvArgs& args, const CpsLayer& layer, uint32_t* lists, uint64_t* masks)
      : args_(args), spec_(*args.spec), layer_(layer), geometry_(layer.geometry), lists_(lists), masks_(masks) {}

  // Lists the sets of a field from `start` on; returns where they end.
  uint32_t Encode(const Field& field, int group, int chunk, uint32_t start, uint32_t* positions, ConvTimes* times) {
    const MapView& in = args_.in;
    const int channels = layer_.chunks.Size(chunk);
    const int words = (channels + kCpsWord - 1) / kCpsWord;
    const int first_channel = group * spec_.GroupIn() + chunk * layer_.chunks.size;
    const int rows = (field.outputs - 1) * geometry_.window_step + spec_.k_h;
    const uint32_t entry_bytes = uint32_t(layer_.EntryFloats() * sizeof(float));
    const int positions_per_row = field.tiles * (kCpsPatterns + 1);
    const auto row_of = [&](int row) { return field.y * spec_.s_h + row * geometry_.row_step - spec_.pad_t; };
    const auto first_column = [&](int tap) {
      return field.start + (geometry_.replay ? 0 : tap * spec_.d_w);
    };

    // The masks of all rows, and the sets of each tile and pattern. The next row comes to L2 meanwhile: hardware does
    // not follow from row to row of a strip, and encoding 64 channels of a 512 x 512 map took 1.5 times as long.
    std::memset(positions, 0, size_t(positions_per_row) * sizeof(uint32_t));
    uint64_t* found = masks_;  // [row of the map][tap][tile][word][position]
    for (int row = 0; row < rows; ++row) {
      const int y = row_of(row);
      if (y < 0 || y >= in.h) continue;
      for (int tap = 0; tap < geometry_.taps; ++tap) {
        const int x0 = first_column(tap);
        for (int tile = 0; tile < field.tiles; ++tile, found += words * kP) {
          for (int p = 0; p < kP; ++p) {
            const int x = x0 + (tile * kP + p) * geometry_.column_step;
            const bool inside = x >= 0 && x < in.w;
            const float* values = in.Pixel(field.image, y, inside ? x : 0) + first_channel;
            if (inside && y + geometry_.row_step < in.h) {
              const float* next_row = values + geometry_.row_step * in.row_stride;
              for (int c = 0; c < channels; c += kLineBytes / int(sizeof(float)))
                __builtin_prefetch(next_row + c, 0, 2);
            }
            for (int word = 0; word < words; ++word) {
              found[word * kP + p] =
                  inside ? NonZeroBits(values + word * kCpsWord, HWY_MIN(kCpsWord, channels - word * kCpsWord)) : 0;
            }
          }
          for (int word = 0; word < words; ++word) {
            CountSets(found + word * kP, positions + tile * (kCpsPatterns + 1));
          }
        }
      }
    }

    // Where each list begins. Sets that hold places have the products read their values where these lie.
    times->lowered += size_t(rows + 1) * positions_per_row * sizeof(uint32_t);
    for (int tile = 0; tile < field.tiles; ++tile) {
      for (int v = 1; v <= kCpsPatterns; ++v) {
        uint32_t& position = positions[tile * (kCpsPatterns + 1) + v];
        const uint32_t sets = position;
        position = start;
        start += sets * geometry_.SetWords(v) + geometry_.Slack();
        if (geometry_.placed) times->lowered += size_t(sets) * (CpsSetWords(v) - 1) * sizeof(float);
      }
    }

    const uint64_t* masks = masks_;
    for (int row = 0; row < rows; ++row) {
      uint32_t* ends = positions + size_t(row + 1) * positions_per_row;
      std::memcpy(ends, ends - positions_per_row, size_t(positions_per_row) * sizeof(uint32_t));
      const int y = row_of(row);
      if (y < 0 || y >= in.h) continue;
      for (int tap = 0; tap < geometry_.taps; ++tap) {
        const uint32_t weights = uint32_t(row * geometry_.taps + tap) * channels * entry_bytes;
        if (geometry_.placed) {
          masks = AppendPlacesOfRow(field, row, words, weights, entry_bytes, masks, ends);
          continue;
        }
        SetSources from = {{}, 0, entry_bytes};
        int x = first_column(tap);
        for (int tile = 0; tile < field.tiles; ++tile, ends += kCpsPatterns + 1) {
          for (int p = 0; p < kP; ++p, x += geometry_.column_step) {
            from.positions[p] = in.Pixel(field.image, y, x >= 0 && x < in.w ? x : 0) + first_channel;
          }
          from.weights = weights;
          for (int word = 0; word < words; ++word, masks += kP) {
            AppendSets(masks, HWY_MIN(kCpsWord, channels - word * kCpsWord), from, lists_, ends);
            for (const float*& position : from.positions) position += kCpsWord;
            from.weights += kCpsWord * entry_bytes;
          }
        }
        ends -= positions_per_row;
      }
    }
    return start;
  }

 private:
  // The same for a row whose sets are places; returns the masks that follow.
  const uint64_t* AppendPlacesOfRow(const Field& field, int row, int words, uint32_t weights, uint32_t entry_bytes,
                                    const uint64_t* masks, uint32_t* ends) {
    const MapView& in = args_.in;
    const uint64_t step = uint64_t(sizeof(float)) << 32 | entry_bytes;
    const uint32_t tile_bytes = uint32_t(kP * geometry_.column_step * in.stride * sizeof(float));
    const ptrdiff_t row_bytes = in.row_stride * ptrdiff_t(sizeof(float));
    const uint32_t row_place = uint32_t(ptrdiff_t(row) * geometry_.row_step * row_bytes);
    for (int tile = 0; tile < field.tiles; ++tile, ends += kCpsPatterns + 1) {
      for (int word = 0; word < words; ++word, masks += kP) {
        if ((masks[0] | masks[1] | masks[2] | masks[3]) == 0) continue;
        const uint64_t place = row_place + uint32_t(tile) * tile_bytes + uint32_t(word * kCpsWord * sizeof(float));
        append_places_(masks, place << 32 | (weights + uint32_t(word) * kCpsWord * entry_bytes), step, lists_, ends);
      }
    }
    return masks;
  }

  const ConvArgs& args_;
  const ConvSpec& spec_;
  const CpsLayer& layer_;
  const CpsGeometry& geometry_;
  uint32_t* const lists_;
  uint64_t* const masks_;
  const AppendPlacesFunction append_places_ = BestAppendPlaces();
};

}  // namespace
}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_CPS_CPS_ENCODE_INL_H_
