// Products of 8-bit integers, summed in 32 bits, without a sum that saturates on the way.
#ifndef ZEROSKIP_QUANTIZED_DOT_INL_H_
#define ZEROSKIP_QUANTIZED_DOT_INL_H_

#include "quantized/quantized.h"
#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

using DI = hn::RebindToSigned<D>;
using VI = hn::Vec<DI>;

// Four bytes, unsigned by signed, where the target has an instruction for them. Elsewhere two values of 16 bits, from
// which the zero points are taken: AVX2's products of bytes saturate at 16 bits.
#if defined(__AVX512VNNI__)
constexpr int kDepth = 4;
#else
constexpr int kDepth = 2;
#endif
using Operand = std::conditional_t<kDepth == 4, uint8_t, int16_t>;

// The operands at `p`, in each lane.
HWY_INLINE VI SpreadUnit(const uint8_t* p) {
  int32_t bits;
  std::memcpy(&bits, p, sizeof(bits));
  return hn::Set(DI(), bits);
}
HWY_INLINE VI LoadUnits(const uint8_t* p) { return hn::LoadU(DI(), reinterpret_cast<const int32_t*>(p)); }

HWY_INLINE VI Dot(VI sum, VI x, VI w) {
#if defined(__AVX512VNNI__)
  return VI{_mm512_dpbusd_epi32(sum.raw, x.raw, w.raw)};
#elif HWY_TARGET == HWY_SCALAR
  const int32_t a = hn::GetLane(x);
  const int32_t b = hn::GetLane(w);
  const uint32_t products =
      uint32_t(int16_t(a) * int16_t(b)) + uint32_t(int16_t(uint32_t(a) >> 16) * int16_t(uint32_t(b) >> 16));
  return hn::Set(DI(), int32_t(uint32_t(hn::GetLane(sum)) + products));
#elif HWY_ARCH_ARM
  const int16x8_t a = vreinterpretq_s16_s32(x.raw);
  const int16x8_t b = vreinterpretq_s16_s32(w.raw);
  const int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b));
  const int32x4_t high = vmull_s16(vget_high_s16(a), vget_high_s16(b));
  return hn::Add(sum, VI{vpaddq_s32(low, high)});
#else
  const hn::RepartitionToNarrow<DI> pairs;
  VI unused = hn::Zero(DI());
  return hn::ReorderWidenMulAccumulate(DI(), hn::BitCast(pairs, x), hn::BitCast(pairs, w), sum, unused);
#endif
}

// The first `n` bytes at `p`, as lanes of 32 bits.
template <class Byte>
HWY_INLINE VI LoadBytes(const uint8_t* p, int n) {
  const hn::Rebind<Byte, DI> d;
  if (n >= kLanes) return hn::PromoteTo(DI(), hn::LoadU(d, reinterpret_cast<const Byte*>(p)));
  HWY_ALIGN Byte padded[kLanes] = {};
  std::memcpy(padded, p, size_t(n));
  return hn::PromoteTo(DI(), hn::Load(d, padded));
}
HWY_INLINE VI LoadBytes(const uint8_t* p, int n, bool is_signed) {
  return is_signed ? LoadBytes<int8_t>(p, n) : LoadBytes<uint8_t>(p, n);
}

// `n` lanes, which are from 0 to 255, or from -128 to 127, to bytes at `p`.
HWY_INLINE void StoreBytes(VI v, uint8_t* p, int n, bool is_signed) {
  const hn::Rebind<uint8_t, DI> d;
  const hn::Rebind<int8_t, DI> s;
  const auto bytes = is_signed ? hn::BitCast(d, hn::DemoteTo(s, v)) : hn::DemoteTo(d, v);
  if (n >= kLanes) {
    hn::StoreU(bytes, d, p);
  } else {
    HWY_ALIGN uint8_t all[kLanes];
    hn::Store(bytes, d, all);
    std::memcpy(p, all, size_t(n));
  }
}

// A product as a number of its own: compilers may join it with a sum, which then is rounded once less.
HWY_INLINE V Rounded(V product) {
#if HWY_TARGET != HWY_SCALAR && HWY_ARCH_X86
  asm("" : "+v"(product.raw));
#elif HWY_TARGET != HWY_SCALAR && HWY_ARCH_ARM
  asm("" : "+w"(product.raw));
#endif
  return product;
}

// To the nearest integer, halves to the even one, then from `low` to `high`; `zero` is added.
class Rounding {
 public:
  HWY_INLINE Rounding(int low, int high, int zero)
      : low_(hn::Set(D(), float(low - zero))), high_(hn::Set(D(), float(high - zero))), zero_(hn::Set(DI(), zero)) {}
  // Without `zero`.
  HWY_INLINE V NumberOf(V v) const { return hn::Round(hn::Min(hn::Max(v, low_), high_)); }
  HWY_INLINE VI Of(V v) const {
    const V bounded = hn::Min(hn::Max(v, low_), high_);
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(DI(), int32_t(std::nearbyint(hn::GetLane(bounded))) + hn::GetLane(zero_));
#else
    return hn::Add(hn::NearestInt(bounded), zero_);
#endif
  }
#if defined(__AVX512BW__)
  // Four vectors to 64 bytes at `to`: fewer instructions than four times one to 16 bytes, a third of all there are.
  HWY_INLINE void StoreFour(const V* v, uint8_t* to, bool is_signed) const {
    const auto rounded = [&](int i) {
      return _mm512_cvtps_epi32(hn::Min(hn::Max(v[i], low_), high_).raw);
    };
    const __m512i zero = _mm512_packs_epi32(zero_.raw, zero_.raw);
    const __m512i low = _mm512_add_epi16(_mm512_packs_epi32(rounded(0), rounded(1)), zero);
    const __m512i high = _mm512_add_epi16(_mm512_packs_epi32(rounded(2), rounded(3)), zero);
    const __m512i bytes = is_signed ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
    // Packing works on parts of 16 bytes: each has four bytes of each vector.
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_storeu_si512(to, _mm512_permutexvar_epi32(order, bytes));
  }
#endif

 private:
  V low_, high_;
  VI zero_;
};

// What ONNX's QuantizeLinear makes of numbers.
class Quantizer {
 public:
  explicit HWY_INLINE Quantizer(const Quantization& how)
      : rounding_(how.Low(), how.High(), how.zero),
        scale_(hn::Set(D(), how.scale)),
        inverse_(hn::Set(D(), 1 / how.scale)) {}
  // A division takes longer than all the rest. The product with the inverse is off by less than kClose where it is
  // within the bounds: it rounds to another integer only where it lies that close to a half.
  HWY_INLINE VI Of(V v) const {
    const V about = hn::Mul(v, inverse_);
    return rounding_.Of(HWY_LIKELY(hn::AllTrue(D(), IsClear(about))) ? about : hn::Div(v, scale_));
  }
#if defined(__AVX512BW__)
  HWY_INLINE void StoreFour(const V* v, uint8_t* to, bool is_signed) const {
    V q[4];
    Unroll<4>([&](auto i) __attribute__((always_inline)) { q[i] = hn::Mul(v[i], inverse_); });
    const auto are_clear = hn::And(hn::And(IsClear(q[0]), IsClear(q[1])), hn::And(IsClear(q[2]), IsClear(q[3])));
    if (HWY_UNLIKELY(!hn::AllTrue(D(), are_clear))) {
      Unroll<4>([&](auto i) __attribute__((always_inline)) { q[i] = hn::Div(v[i], scale_); });
    }
    rounding_.StoreFour(q, to, is_signed);
  }
#endif

 private:
  // Not where a comparison with a NaN fails.
  static HWY_INLINE hn::Mask<D> IsClear(V about) {
    constexpr float kClose = 1.0f / 4096;
    const V rest = hn::Abs(hn::Sub(about, hn::Round(about)));
    return hn::Lt(rest, hn::Set(D(), 0.5f - kClose));
  }

  Rounding rounding_;
  V scale_, inverse_;
};

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_DOT_INL_H_
