// The sparse product with one filter (SpMV) or so few that they fill no vectors: these hold rows of a column instead.
#ifndef ZEROSKIP_ALGORITHMS_PATTERN_FEW_INL_H_
#define ZEROSKIP_ALGORITHMS_PATTERN_FEW_INL_H_

#include "algorithms/pattern/transpose-inl.h"
#include "algorithms/pattern/walk-inl.h"
#include "conv/finish-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Four values to the rows of a set that its mask names; `values` may end after them.
inline void SpreadSet(const float* values, bool has_four, uint32_t mask, float* to) {
#if HWY_TARGET == HWY_SCALAR
  (void)has_four;
  for (int row = 0; row < kSetRows; ++row) to[row] = mask >> row & 1 ? *values++ : 0.0f;
#else
  if (!has_four) {
    for (int row = 0; row < kSetRows; ++row) to[row] = mask >> row & 1 ? *values++ : 0.0f;
    return;
  }
  const hn::Repartition<uint8_t, D4> bytes;
  const auto places = hn::Load(bytes, kSpread.bytes[mask]);
  StoreFour(hn::BitCast(D4(), hn::TableLookupBytesOr0(hn::BitCast(bytes, LoadFour(values)), places)), to);
#endif
}

class FewFilters : Multiplication {
 public:
  FewFilters(const ConvArgs& args, const Walk& walk, int image) : Multiplication(args, walk, image) {}

  // The sums of a group in the output columns of a block. Returns the products.
  size_t Multiply(int group, const Range& block, int worker) {
    const int filters = spec_.GroupOut();
    const int first_filter = group * filters;
    const size_t taps = size_t(spec_.k_h) * spec_.k_w;
    const float* const weights = args_.packed + size_t(group) * spec_.GroupIn() * filters * taps;
    for (int n = first_filter; n < first_filter + filters; ++n) {
      std::fill(Sums(n, block.begin), Sums(n, block.end), args_.bias[n]);
    }
    Carver memory(product_.worker_memory + product_.worker_bytes * worker);
    const size_t column_floats = size_t(product_.residue_floats) * spec_.s_h;
    SpreadColumn spread = {memory.Take<float>(column_floats), 0, 0};
    std::fill(spread.rows, spread.rows + column_floats, 0.0f);
    const ptrdiff_t tap_floats = ptrdiff_t(layout_.tap_step) * spec_.k_h;
    const ptrdiff_t slab_floats = ptrdiff_t(layout_.slab_step) * layout_.OutputFloats();
    size_t products = 0;
    const auto multiply = [&](auto index, auto kind, auto fixed_taps) {
      using T = decltype(index);
      walk_.ForEachColumn<T>(group, block, [&](int c, const PatternCell& cell, const Range& slabs, int tap,
                                               uint32_t begin, uint32_t end, uint32_t* value) {
        Clear(spread);
        Spread<decltype(kind)::value, T>(begin, end, tap, value, &spread);
        // Outputs that these rows feed.
        const int before = (spec_.k_h - 1) * spec_.d_h;
        const int y0 = product_.row_outputs[std::max(0, spread.first - before)] / kLanes * kLanes;
        const int y1 = std::min(layout_.out_h, product_.row_outputs[spread.last] + 1);
        if (y0 >= y1) return;
        // From slab to slab, weights go back and sums on.
        const float* of_filter =
            weights + size_t(c) * filters * taps + size_t(tap - slabs.begin * layout_.tap_step) * spec_.k_h;
        for (int n = 0; n < filters; ++n, of_filter += taps) {
          const float* w = of_filter;
          float* sums = Sums(first_filter + n, cell.slab + slabs.begin * layout_.slab_step);
          for (int t = slabs.begin; t < slabs.end; ++t, w -= tap_floats, sums += slab_floats) {
            AddProducts<decltype(fixed_taps)::value>(spread.rows, w, spec_.k_h, y0, y1, sums);
          }
        }
        products += size_t((y1 - y0 + kLanes - 1) / kLanes * kLanes) * spec_.k_h * filters * (slabs.end - slabs.begin);
      });
    };
    WithIndex(map_.entries.bytes, [&](auto index) {
      WithKind([&](auto kind) {
        if (spec_.k_h == 7) return multiply(index, kind, std::integral_constant<int, 7>{});
        if (spec_.k_h == 5) return multiply(index, kind, std::integral_constant<int, 5>{});
        if (spec_.k_h == 3) return multiply(index, kind, std::integral_constant<int, 3>{});
        if (spec_.k_h == 1) return multiply(index, kind, std::integral_constant<int, 1>{});
        multiply(index, kind, std::integral_constant<int, 0>{});
      });
    });
    return products;
  }

  // The sums of few filters, columns of rows, to the output.
  void Store() {
    const MapView& out = args_.out;
    const ptrdiff_t of_column = layout_.OutputFloats();
    const int64_t values = int64_t(layout_.out_h) * layout_.out_w * spec_.out_c;
    const int workers = WorkersFor(values, kLeastProducts, product_.workers);
    if (spec_.out_c == 1 && out.stride == 1) {
      Transpose(product_.sums, of_column, out.Pixel(image_, 0, 0), out.row_stride, layout_.out_h, layout_.out_w);
    } else {
      ParallelFor(layout_.out_w, workers, [&](int64_t x, int) {
        Transpose(Sums(0, int(x)), layout_.out_w * of_column, out.Pixel(image_, 0, int(x)), out.row_stride,
                  layout_.out_h, spec_.out_c);
      });
    }
    if (args_.end.activation.function == Unary::kNone && !args_.addend.data) return;
    ParallelFor(layout_.out_h, workers, [&](int64_t y, int) {
      for (int x = 0; x < layout_.out_w; ++x) {
        FinishStored(args_.end, out.Pixel(image_, int(y), x), args_.AddendAt(image_, int(y), x, 0), spec_.out_c);
      }
    });
  }

 private:
  template <class F>
  void WithKind(const F& f) const {
    if (layout_.kind == PatternKind::kCpo) return f(std::integral_constant<PatternKind, PatternKind::kCpo>{});
    f(std::integral_constant<PatternKind, PatternKind::kCpsColumn>{});
  }

  // A column with zeros between its values. Rows of one residue modulo the stride are neighbours; [first, last] holds
  // those that are not zero.
  struct SpreadColumn {
    float* rows;
    int first, last;
  };

  void Clear(const SpreadColumn& column) const {
    for (int residue = 0; residue < spec_.s_h; ++residue) {
      float* const rows = column.rows + residue * product_.residue_floats;
      for (int y = product_.row_outputs[column.first]; y <= product_.row_outputs[column.last]; y += kLanes) {
        hn::StoreU(hn::Zero(D()), D(), rows + y);
      }
    }
  }

  template <PatternKind kKind, class T>
  void Spread(uint32_t begin, uint32_t end, int tap, uint32_t* value, SpreadColumn* column) const {
    constexpr bool kIsCpo = kKind == PatternKind::kCpo;
    constexpr int kRows = kIsCpo ? 1 : kSetRows;
    const T* const entries = static_cast<const T*>(map_.entries.data);
    const auto row_of = [&](uint32_t i) {
      return walk_.RowOf<T>(kIsCpo ? entries[i] : uint32_t(entries[i]) >> kSetRows, tap) * kRows;
    };
    const float* from = map_.values + *value;
    const float* const values_end = map_.values + map_.value_count;
    float* const rows = column->rows;
    const bool in_order = spec_.s_h == 1;
    for (uint32_t i = begin; i < end; ++i) {
      const uint32_t row = row_of(i);
      if constexpr (kIsCpo) {
        rows[in_order ? row : product_.row_places[row]] = *from++;
      } else {
        const uint32_t mask = entries[i] & 15;
        if (in_order) {
          SpreadSet(from, values_end - from >= kSetRows, mask, rows + row);
          from += std::popcount(mask);
        } else {
          for (uint32_t left = mask; left; left &= left - 1) {
            rows[product_.row_places[row + std::countr_zero(left)]] = *from++;
          }
        }
      }
    }
    column->first = int(row_of(begin));
    column->last = int(row_of(end - 1)) + kRows - 1;
    *value = uint32_t(from - map_.values);
  }

  // Adds to outputs [y0, y1) the products of a column with the `taps` weights of a kernel's column.
  template <int kTaps>
  HWY_INLINE void AddProducts(const float* rows, const float* weights, int taps, int y0, int y1, float* sums) const {
    const D d;
    if constexpr (kTaps > 0) {
      V w[kTaps];
      const float* from[kTaps];
      Unroll<kTaps>([&](auto k) { w[k] = hn::Set(d, weights[k]), from[k] = rows + product_.tap_places[k]; });
      for (int y = y0; y < y1; y += kLanes) {
        V sum = hn::LoadU(d, sums + y);
        Unroll<kTaps>([&](auto k) { sum = hn::MulAdd(hn::LoadU(d, from[k] + y), w[k], sum); });
        hn::StoreU(sum, d, sums + y);
      }
    } else {
      for (int y = y0; y < y1; y += kLanes) {
        V sum = hn::LoadU(d, sums + y);
        for (int k = 0; k < taps; ++k) {
          sum = hn::MulAdd(hn::LoadU(d, rows + product_.tap_places[k] + y), hn::Set(d, weights[k]), sum);
        }
        hn::StoreU(sum, d, sums + y);
      }
    }
  }

  float* Sums(int filter, int x) const {
    return product_.sums + (size_t(filter) * layout_.out_w + x) * layout_.OutputFloats();
  }
};

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_PATTERN_FEW_INL_H_
