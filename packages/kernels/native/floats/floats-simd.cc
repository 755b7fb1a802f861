#include "floats/floats.h"

#include <bit>

#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// By integers, which keep payloads. The exponent is moved to that of a float; numbers below the smallest normal half
// are a fraction times 2^-24.
void WidenHalves(const uint16_t* halves, size_t count, float* out) {
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<uint16_t, D> dh;
  const hn::RebindToSigned<D> di;
  const auto set = [&](uint32_t value) { return hn::Set(du, value); };
  const auto widen = [&](const uint16_t* from) {
    const auto bits = hn::PromoteTo(du, hn::LoadU(dh, from));
    const auto magnitude = hn::And(bits, set(0x7fff));
    const auto exponent = hn::And(bits, set(0x7c00));
    const auto shifted = hn::ShiftLeft<13>(magnitude);
    const auto normal = hn::Add(shifted, set(112u << 23));
    const auto special = hn::Or(shifted, set(0x7f800000));
    const auto fraction = hn::ConvertTo(D(), hn::BitCast(di, magnitude));
    const auto tiny = hn::BitCast(du, hn::Mul(fraction, hn::Set(D(), 0x1p-24f)));
    const auto finite = hn::IfThenElse(hn::Eq(exponent, set(0)), tiny, normal);
    const auto value = hn::IfThenElse(hn::Eq(exponent, set(0x7c00)), special, finite);
    return hn::BitCast(D(), hn::Or(value, hn::ShiftLeft<16>(hn::And(bits, set(0x8000)))));
  };
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(widen(halves + i), D(), out + i);
  if (i == count) return;
  uint16_t last[kLanes] = {};
  std::memcpy(last, halves + i, (count - i) * sizeof(uint16_t));
  StorePartial(widen(last), out + i, int(count - i));
}

bool AllWithin(const float* values, size_t count, float limit) {
  const D d;
  const V most = hn::Set(d, limit);
  // Blocks, so that one value beyond ends it early.
  constexpr size_t kBlock = 4096;
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t end = std::min(count, begin + kBlock);
    auto within = hn::FirstN(d, size_t(kLanes));
    size_t i = begin;
    for (; i + kLanes <= end; i += kLanes) within = hn::And(within, hn::Le(hn::Abs(hn::LoadU(d, values + i)), most));
    if (i < end) within = hn::And(within, hn::Le(hn::Abs(LoadPartial(values + i, int(end - i))), most));
    if (!hn::AllTrue(d, within)) return false;
  }
  return true;
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
