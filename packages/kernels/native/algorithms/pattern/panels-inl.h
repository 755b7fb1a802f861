// The sparse product with a panel of filters (SpMM): vectors hold filters.
#ifndef ZEROSKIP_ALGORITHMS_PATTERN_PANELS_INL_H_
#define ZEROSKIP_ALGORITHMS_PATTERN_PANELS_INL_H_

#include "algorithms/pattern/walk-inl.h"
#include "conv/finish-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

class FilterPanels : Multiplication {
 public:
  FilterPanels(const ConvArgs& args, const Walk& walk, int image)
      : Multiplication(args, walk, image), panels_(product_.filters.panels) {}

  // The output columns of a block, of one panel of filters. Returns the products.
  template <int Q>
  size_t Multiply(int group, int panel, const Range& block, int worker) {
    const D d;
    const size_t floats = size_t(panels_.Floats());
    const size_t column_floats = size_t(layout_.out_h) * floats;
    const size_t channel_floats = size_t(spec_.k_h) * spec_.k_w * floats;
    const ptrdiff_t tap_floats = layout_.tap_step * ptrdiff_t(floats);
    const ptrdiff_t slab_floats = layout_.slab_step * ptrdiff_t(column_floats);
    const float* const weights =
        args_.packed + (size_t(group) * panels_.count + panel) * spec_.GroupIn() * channel_floats;
    const int first = group * spec_.GroupOut() + panels_.First(panel);
    const int valid = panels_.Valid(panel);
    Carver memory(product_.worker_memory + product_.worker_bytes * worker);
    uint32_t* const rows = memory.Take<uint32_t>(layout_.padded_h);
    float* const sums = memory.Take<float>(column_floats * (block.end - block.begin));
    for (float* sum = sums; sum < sums + column_floats * (block.end - block.begin); sum += floats) {
      Unroll<Q>([&](auto q) { hn::StoreU(hn::LoadU(d, args_.bias + first + q * kLanes), d, sum + q * kLanes); });
    }
    size_t products = 0;
    WithIndex(map_.entries.bytes, [&](auto index) {
      using T = decltype(index);
      walk_.ForEachColumn<T>(group, block, [&](int c, const PatternCell& cell, const Range& slabs, int tap,
                                               uint32_t begin, uint32_t end, uint32_t* value) {
        const uint32_t count = walk_.ReadRows<T>(begin, end, tap, rows);
        const float* const values = map_.values + *value;
        *value += count;
        // Of the taps that meet the first of the slabs; from slab to slab, weights go back and sums on.
        const float* const of_column = weights + c * channel_floats + (tap - slabs.begin * layout_.tap_step) * floats;
        float* const of_slab =
            sums + (cell.slab + slabs.begin * layout_.slab_step - block.begin) * ptrdiff_t(column_floats);
        for (uint32_t i = 0; i < count; ++i) {
          const V factor = hn::Set(d, values[i]);
          const auto* const begin_tap = product_.row_taps + product_.row_begins[rows[i]];
          const auto* const end_tap = product_.row_taps + product_.row_begins[rows[i] + 1];
          products += size_t(end_tap - begin_tap) * (slabs.end - slabs.begin);
          const float* of_taps = of_column;
          float* of_rows = of_slab;
          for (int t = slabs.begin; t < slabs.end; ++t, of_taps -= tap_floats, of_rows += slab_floats) {
            for (const auto* at = begin_tap; at != end_tap; ++at) {
              float* const sum = of_rows + at->output;
              const float* const from = of_taps + at->weights;
              Unroll<Q>([&](auto q) __attribute__((always_inline)) {
                hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, from + q * kLanes), hn::LoadU(d, sum + q * kLanes)), d,
                           sum + q * kLanes);
              });
            }
          }
        }
      });
    });
    for (int x = block.begin; x < block.end; ++x) {
      const float* sum = sums + (x - block.begin) * column_floats;
      for (int y = 0; y < layout_.out_h; ++y, sum += floats) {
        float* const to = args_.out.Pixel(image_, y, x) + first;
        const float* const addend = args_.AddendAt(image_, y, x, first);
        Unroll<Q>([&](auto q) {
          const int left = valid - q * kLanes;
          if (left <= 0) return;
          const V result =
              Finish(args_.end, hn::LoadU(d, sum + q * kLanes), addend ? addend + q * kLanes : nullptr, left);
          StorePartial(result, to + q * kLanes, left);
        });
      }
    }
    return products * valid;
  }

 private:
  const Panels& panels_;
};

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_PATTERN_PANELS_INL_H_
