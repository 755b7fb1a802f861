// Four neighbours of a set, whatever the target's vectors hold.
#ifndef ZEROSKIP_SIMD_FOUR_INL_H_
#define ZEROSKIP_SIMD_FOUR_INL_H_

#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// Four floats as bits, and the compression of those that a pattern selects.
#if HWY_TARGET == HWY_SCALAR
struct Four {
  uint32_t lanes[4];
};
inline Four LoadFour(const void* from) {
  Four four;
  std::memcpy(&four, from, sizeof(four));
  return four;
}
inline Four MakeFour(const float* a, const float* b, const float* c, const float* d) {
  Four four;
  const float* const from[] = {a, b, c, d};
  for (int i = 0; i < 4; ++i) std::memcpy(&four.lanes[i], from[i], sizeof(float));
  return four;
}
inline void StoreFour(const Four& four, float* to) { std::memcpy(to, &four, sizeof(four)); }
inline Four Compress(const Four& four, uint32_t pattern) {
  Four out = {};
  int n = 0;
  for (int i = 0; i < 4; ++i) {
    if (pattern >> i & 1) out.lanes[n++] = four.lanes[i];
  }
  return out;
}
#else
using D4 = hn::FixedTag<uint32_t, 4>;
using Four = hn::Vec<D4>;
HWY_INLINE Four LoadFour(const void* from) { return hn::LoadU(D4(), static_cast<const uint32_t*>(from)); }
HWY_INLINE Four SetFour(const float* from) {
  uint32_t bits;
  std::memcpy(&bits, from, sizeof(bits));
  return hn::Set(D4(), bits);
}
HWY_INLINE Four MakeFour(const float* a, const float* b, const float* c, const float* d) {
  const Four ab = hn::InterleaveLower(D4(), SetFour(a), SetFour(b));
  const Four cd = hn::InterleaveLower(D4(), SetFour(c), SetFour(d));
  return hn::ConcatLowerLower(D4(), cd, ab);
}
HWY_INLINE void StoreFour(Four four, float* to) { hn::StoreU(four, D4(), reinterpret_cast<uint32_t*>(to)); }

// Byte indices that bring the selected lanes to the front.
struct CompressTable {
  alignas(16) uint8_t bytes[16][16];
};
constexpr CompressTable MakeCompressTable() {
  CompressTable table = {};
  for (int pattern = 0; pattern < 16; ++pattern) {
    int n = 0;
    for (int lane = 0; lane < 4; ++lane) {
      if (!(pattern >> lane & 1)) continue;
      for (int i = 0; i < 4; ++i) table.bytes[pattern][n++] = uint8_t(lane * 4 + i);
    }
  }
  return table;
}
constexpr CompressTable kCompress = MakeCompressTable();

// Byte indices that bring the first lanes to the selected ones; no byte to the others.
constexpr CompressTable MakeSpreadTable() {
  CompressTable table = {};
  for (int pattern = 0; pattern < 16; ++pattern) {
    int n = 0;
    for (int lane = 0; lane < 4; ++lane) {
      const bool selected = pattern >> lane & 1;
      for (int i = 0; i < 4; ++i) table.bytes[pattern][lane * 4 + i] = selected ? uint8_t(n * 4 + i) : uint8_t(0x80);
      n += selected;
    }
  }
  return table;
}
constexpr CompressTable kSpread = MakeSpreadTable();

HWY_INLINE Four Compress(Four four, uint32_t pattern) {
  const hn::Repartition<uint8_t, D4> bytes;
  const auto indices = hn::Load(bytes, kCompress.bytes[pattern]);
  return hn::BitCast(D4(), hn::TableLookupBytes(hn::BitCast(bytes, four), indices));
}
#endif

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_SIMD_FOUR_INL_H_
