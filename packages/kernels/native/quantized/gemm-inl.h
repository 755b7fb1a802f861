// Register-blocked products of 8-bit integers for one panel of weights, and what follows their sums.
#ifndef ZEROSKIP_QUANTIZED_GEMM_INL_H_
#define ZEROSKIP_QUANTIZED_GEMM_INL_H_

#include "conv/finish-inl.h"
#include "quantized/dot-inl.h"
#include "simd/panel-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Where a row of inputs lies: `outer` x `inner` runs of `units` times 4 bytes, the runs so many bytes apart.
struct QuantizedRuns {
  int outer, inner, units;
  ptrdiff_t outer_step, inner_step;
};

// Of a panel's channels.
struct PanelEnd {
  const QuantizedEnd* how;
  const int32_t* bias;
  const int32_t* zeros;  // null where all are 0
  const float* scales;
  const float* float_bias;
  bool is_signed;  // what is stored
  bool add_first;
  Quantization out_how, addend_how;  // of bytes that another map is added to
  int columns;  // valid channels
  // The weights that follow.
  const uint8_t* next = nullptr;
  ptrdiff_t next_bytes = 0;
};

// What is stored for a vector of sums from channel `first` of the panel on; `addend` may be null, else it is of floats.
template <bool kQuick>
HWY_INLINE void StoreSums(const PanelEnd& end, VI sum, int first, char* to, const float* addend) {
  const D d;
  const int left = HWY_MIN(end.columns - first, kLanes);
  if (end.how->result == QuantizedResult::kBytes) {
    const V scaled = hn::Mul(hn::ConvertTo(d, sum), hn::LoadU(d, end.scales + first));
    const VI q = Rounding(end.how->low, end.how->high, end.how->zero).Of(scaled);
    return StoreBytes(q, reinterpret_cast<uint8_t*>(to) + first, left, end.is_signed);
  }
  float* const floats = reinterpret_cast<float*>(to) + first;
  if (end.how->result == QuantizedResult::kSums) return StorePartial(hn::BitCast(d, sum), floats, left);
  const V scaled = hn::Mul(hn::ConvertTo(d, sum), hn::LoadU(d, end.scales + first));
  const V v = hn::Add(scaled, hn::LoadU(d, end.float_bias + first));
  const ConvEnd after = {end.how->activation, end.add_first};
  StorePartial(kQuick ? FinishInRegisters(after, v, addend ? addend + first : nullptr, left) : v, floats, left);
}

HWY_INLINE bool EndsQuickly(const PanelEnd& end) {
  return end.how->result != QuantizedResult::kFloats || Clamp::Does(end.how->activation);
}

// After StoreSums<false>, of `count` channels from `first` on.
inline void FinishSums(const PanelEnd& end, int first, int count, char* to, const float* addend) {
  const ConvEnd after = {end.how->activation, end.add_first};
  FinishStored(after, reinterpret_cast<float*>(to) + first, addend ? addend + first : nullptr, count);
}

// The sum of numbers, whole ones times `own_scale`, and those of a map, as bytes.
class Addition {
 public:
  HWY_INLINE Addition(float own_scale, const Quantization& addend, const Quantization& out)
      : own_scale_(hn::Set(D(), own_scale)),
        scale_(hn::Set(D(), addend.scale)),
        zero_(hn::Set(DI(), addend.zero)),
        quantizer_(out),
        addend_is_signed_(addend.IsSigned()),
        out_is_signed_(out.IsSigned()) {}
  HWY_INLINE void Store(V own, const uint8_t* addend, int left, uint8_t* to) const {
    StoreBytes(quantizer_.Of(Sum(own, addend, left)), to, left, out_is_signed_);
  }
#if defined(__AVX512BW__)
  HWY_INLINE void StoreFour(const V* own, const uint8_t* addend, uint8_t* to) const {
    V sums[4];
    Unroll<4>([&](auto i) __attribute__((always_inline)) { sums[i] = Sum(own[i], addend + i * kLanes, kLanes); });
    quantizer_.StoreFour(sums, to, out_is_signed_);
  }
#endif

 private:
  HWY_INLINE V Sum(V own, const uint8_t* addend, int left) const {
    const VI q = LoadBytes(addend, left, addend_is_signed_);
    const V other = hn::Mul(hn::ConvertTo(D(), hn::Sub(q, zero_)), scale_);
    return hn::Add(Rounded(hn::Mul(own, own_scale_)), Rounded(other));
  }

  V own_scale_, scale_;
  VI zero_;
  Quantizer quantizer_;
  bool addend_is_signed_, out_is_signed_;
};

// What is stored for the sums of `count` rows of a panel, `stride` apart. One copy of it: it takes many instructions,
// and few of the time. What all rows have in common is read once: stores of bytes could change anything in memory.
inline HWY_NOINLINE void StoreTile(const PanelEnd& end, const int32_t* tile, ptrdiff_t stride,
                                   const int32_t* inputs, char* const* to, const char* const* addend,
                                   int count) {
  const D d;
  const DI di;
  const QuantizedEnd how = *end.how;
  const bool is_bytes = how.result == QuantizedResult::kBytes;
  const bool quick = EndsQuickly(end);
  const Rounding rounding(how.low, how.high, how.zero);
  const bool is_signed = end.is_signed;
  const bool has_zeros = end.zeros != nullptr;
  const int columns = end.columns;
  const bool adds_bytes = is_bytes && how.own_scale != 0;
  const Addition addition(how.own_scale, end.addend_how, end.out_how);
  const auto floats = [&](int m) { return reinterpret_cast<const float*>(addend[m]); };
  int first = 0;
#if defined(__AVX512BW__)
  for (; is_bytes && first + 4 * kLanes <= columns; first += 4 * kLanes) {
    VI bias[4], zeros[4];
    V scales[4];
    Unroll<4>([&](auto i) __attribute__((always_inline)) {
      bias[i] = hn::LoadU(di, end.bias + first + i * kLanes);
      zeros[i] = has_zeros ? hn::LoadU(di, end.zeros + first + i * kLanes) : hn::Zero(di);
      scales[i] = hn::LoadU(d, end.scales + first + i * kLanes);
    });
    for (int m = 0; m < count; ++m) {
      V scaled[4];
      Unroll<4>([&](auto i) __attribute__((always_inline)) {
        VI sum = hn::Add(hn::LoadU(di, tile + m * stride + first + i * kLanes), bias[i]);
        if (has_zeros) sum = hn::Sub(sum, hn::Mul(zeros[i], hn::Set(di, inputs[m])));
        scaled[i] = hn::Mul(hn::ConvertTo(d, sum), scales[i]);
      });
      uint8_t* const bytes = reinterpret_cast<uint8_t*>(to[m]) + first;
      if (adds_bytes) {
        Unroll<4>([&](auto i) __attribute__((always_inline)) { scaled[i] = rounding.NumberOf(scaled[i]); });
        addition.StoreFour(scaled, reinterpret_cast<const uint8_t*>(addend[m]) + first, bytes);
      } else {
        rounding.StoreFour(scaled, bytes, is_signed);
      }
    }
  }
#endif
  for (; first < columns; first += kLanes) {
    const VI bias = hn::LoadU(di, end.bias + first);
    const VI zeros = has_zeros ? hn::LoadU(di, end.zeros + first) : hn::Zero(di);
    const V scales = hn::LoadU(d, end.scales + first);
    const int left = HWY_MIN(columns - first, kLanes);
    for (int m = 0; m < count; ++m) {
      VI sum = hn::Add(hn::LoadU(di, tile + m * stride + first), bias);
      if (has_zeros) sum = hn::Sub(sum, hn::Mul(zeros, hn::Set(di, inputs[m])));
      if (adds_bytes) {
        const V own = rounding.NumberOf(hn::Mul(hn::ConvertTo(d, sum), scales));
        addition.Store(own, reinterpret_cast<const uint8_t*>(addend[m]) + first, left,
                       reinterpret_cast<uint8_t*>(to[m]) + first);
      } else if (is_bytes) {
        const VI q = rounding.Of(hn::Mul(hn::ConvertTo(d, sum), scales));
        StoreBytes(q, reinterpret_cast<uint8_t*>(to[m]) + first, left, is_signed);
      } else if (quick) {
        StoreSums<true>(end, sum, first, to[m], floats(m));
      } else {
        StoreSums<false>(end, sum, first, to[m], floats(m));
      }
    }
  }
  if (quick) return;
  for (int m = 0; m < count; ++m) FinishSums(end, 0, columns, to[m], floats(m));
}

template <int Q, int MR>
HWY_INLINE void QuantizedTile(const uint8_t* const* a, const QuantizedRuns& runs, const uint8_t* b,
                              ptrdiff_t b_stride, const int32_t* sums, char* const* c,
                              const char* const* addend, int count, const PanelEnd& end) {
  const DI d;
  constexpr int kVectorBytes = kLanes * 4;
  VI acc[MR][Q];
  const uint8_t* row[MR];
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    row[m] = a[m];
    Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[m][q] = hn::Zero(d); });
  });
  int outer = 0;
  do {  // tested behind each turn, as in GemmSums
    int inner = 0;
    do {
      ptrdiff_t i = outer * runs.outer_step + inner * runs.inner_step;
      const ptrdiff_t end = i + ptrdiff_t(runs.units) * 4;
      do {
        VI w[Q];
        Unroll<Q>([&](auto q) __attribute__((always_inline)) { w[q] = LoadUnits(b + q * kVectorBytes); });
        Unroll<MR>([&](auto m) __attribute__((always_inline)) {
          const VI x = SpreadUnit(row[m] + i);
          Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[m][q] = Dot(acc[m][q], x, w[q]); });
        });
        i += 4;
        b += b_stride;
      } while (i < end);
    } while (++inner < runs.inner);
  } while (++outer < runs.outer);
  HWY_ALIGN int32_t tile[MR * Q * kLanes];
  Unroll<MR>([&](auto m) __attribute__((always_inline)) {
    Unroll<Q>([&](auto q) __attribute__((always_inline)) { hn::Store(acc[m][q], d, tile + (m * Q + q) * kLanes); });
  });
  StoreTile(end, tile, Q * kLanes, sums, c, addend, count);
}

using QuantizedRows = PanelRows<uint8_t, char>;

template <int Q>
void QuantizedPanelOf(int stored, const QuantizedRows& rows, const QuantizedRuns& runs, const uint8_t* b,
                      const int32_t* sums, const PanelEnd& end) {
  const auto tile = [&](auto height, const uint8_t* const* a, char* const* c, const char* const* addend, int count,
                        int first) __attribute__((always_inline)) {
    QuantizedTile<Q, height>(a, runs, b, ptrdiff_t(stored) * kLanes * 4, sums + first, c, addend, count, end);
  };
  ForEachTile<kPanelRows<Q>>(rows, end.next, end.next_bytes, tile);
}

// `sums` has one value for each row: the sum of its inputs.
inline void QuantizedPanel(int vectors, int stored, const QuantizedRows& rows, const QuantizedRuns& runs,
                           const uint8_t* b, const int32_t* sums, const PanelEnd& end) {
  WithVectors(vectors, [&](auto q) { QuantizedPanelOf<q>(stored, rows, runs, b, sums, end); });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_GEMM_INL_H_
