// The sets of a tile: their patterns, and what is appended to lists.
#ifndef ZEROSKIP_ALGORITHMS_CPS_CPS_SETS_INL_H_
#define ZEROSKIP_ALGORITHMS_CPS_CPS_SETS_INL_H_

#include "algorithms/cps/cps-strip-inl.h"
#include "simd/four-inl.h"
#include "simd/masks-inl.h"
#include "target/cpu.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr uint8_t kSetWords[16] = {0, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5};

// Which of 64 channels have each of the 15 patterns at a tile, from the non-zero masks of its four positions.
struct Selections {
  uint64_t low[4], high[4];

  explicit Selections(const uint64_t* masks)
      : low{~masks[0] & ~masks[1], masks[0] & ~masks[1], ~masks[0] & masks[1], masks[0] & masks[1]},
        high{~masks[2] & ~masks[3], masks[2] & ~masks[3], ~masks[2] & masks[3], masks[2] & masks[3]} {
    static_assert(kP == 4, "written out for four positions");
  }
  uint64_t operator[](int pattern) const { return low[pattern & 3] & high[pattern >> 2]; }
};

// Adds to the number of sets of each pattern.
void CountSets(const uint64_t* masks, uint32_t* counts) {
  const Selections selections(masks);
#pragma GCC unroll 15
  for (int v = 1; v <= kCpsPatterns; ++v) counts[v] += uint32_t(hwy::PopCount(selections[v]));
}

// The patterns of 64 channels of a tile.
class TilePatterns {
 public:
#if HWY_TARGET == HWY_SCALAR
  explicit TilePatterns(const uint64_t* masks) : masks_(masks) {}
  uint32_t operator[](uint32_t c) const {
    return uint32_t((masks_[0] >> c & 1) | (masks_[1] >> c & 1) << 1 | (masks_[2] >> c & 1) << 2 |
                    (masks_[3] >> c & 1) << 3);
  }

 private:
  const uint64_t* const masks_;
#else
  explicit TilePatterns(const uint64_t* masks) {
    const hn::ScalableTag<uint8_t> d;
    using Bytes = hn::Vec<hn::ScalableTag<uint8_t>>;
    const int step = int(hn::Lanes(d));
    for (int c = 0; c < kCpsWord; c += step) {
      Bytes bits[kP];
      Unroll<kP>([&](auto p) __attribute__((always_inline)) {
        const auto mask = hn::LoadMaskBits(d, reinterpret_cast<const uint8_t*>(masks + p) + c / 8);
        bits[p] = hn::IfThenElseZero(mask, hn::Set(d, uint8_t(1 << p)));
      });
      hn::Store(hn::Or(hn::Or(bits[0], bits[1]), hn::Or(bits[2], bits[3])), d, patterns_ + c);
    }
  }
  uint32_t operator[](uint32_t c) const { return patterns_[c]; }

 private:
  alignas(64) uint8_t patterns_[kCpsWord];
#endif
};

// Where the sets of a tile find their values and their weights.
struct SetSources {
  const float* positions[kP];  // channel 0 of each
  uint32_t weights;            // of channel 0, in bytes from the panel's origin
  uint32_t entry_bytes;        // of the weights of a channel
};

#if HWY_TARGET != HWY_SCALAR
// Interleaving works in blocks of four lanes: channel 4 b + i of a vector comes to block b of the i-th result.
struct Places {
  uint8_t of[kCpsWord];
};
constexpr Places MakePlaces() {
  Places places = {};
  for (int c = 0; c < kCpsWord; ++c) {
    places.of[c] = uint8_t(c / kLanes * kLanes * kP + c % 4 * kLanes + c % kLanes / 4 * 4);
  }
  return places;
}
constexpr Places kPlaces = MakePlaces();
#endif

// 64 channels of a tile, the values of each side by side.
class TileValues {
 public:
#if HWY_TARGET == HWY_SCALAR
  TileValues(const float* const* positions, int) : positions_(positions) {}
  Four operator[](uint32_t c) const {
    return MakeFour(positions_[0] + c, positions_[1] + c, positions_[2] + c, positions_[3] + c);
  }

 private:
  const float* const* const positions_;
#else
  // `channels` of them can be read.
  TileValues(const float* const* positions, int channels) {
    const D d;
    const hn::RepartitionToWide<D> pairs;
    for (int c = 0; c < channels; c += kLanes) {
      V x[kP];
      Unroll<kP>([&](auto p) __attribute__((always_inline)) { x[p] = LoadPartial(positions[p] + c, channels - c); });
      const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, x[0], x[1]));
      const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, x[0], x[1]));
      const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, x[2], x[3]));
      const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, x[2], x[3]));
      float* const to = values_ + c * kP;
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + kLanes);
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * kLanes);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * kLanes);
    }
  }
  Four operator[](uint32_t c) const { return LoadFour(values_ + kPlaces.of[c]); }

 private:
  alignas(64) float values_[kCpsWord * kP];
#endif
};

// Writes the sets of 64 channels, each where the list of its pattern ends.
void AppendSets(const uint64_t* masks, int channels, const SetSources& from, uint32_t* lists, uint32_t* ends) {
  static_assert(kP == 4, "written out for four positions");
  const uint64_t any = masks[0] | masks[1] | masks[2] | masks[3];
  if (any == 0) return;
  const TileValues values(from.positions, channels);
  const TilePatterns patterns(masks);
  // Without zeros: most sets of a dense map, one list.
  const uint64_t all = masks[0] & masks[1] & masks[2] & masks[3];
  uint32_t* to = lists + ends[kCpsPatterns];
  for (uint64_t bits = all; bits != 0; bits &= bits - 1, to += kP + 1) {
    const uint32_t c = uint32_t(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
    to[0] = from.weights + c * from.entry_bytes;
    StoreFour(values[c], reinterpret_cast<float*>(to + 1));
  }
  ends[kCpsPatterns] = uint32_t(to - lists);
  for (uint64_t bits = any & ~all; bits != 0; bits &= bits - 1) {
    const uint32_t c = uint32_t(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
    const uint32_t pattern = patterns[c];
    to = lists + ends[pattern];
    to[0] = from.weights + c * from.entry_bytes;
    StoreFour(Compress(values[c], pattern), reinterpret_cast<float*>(to + 1));
    ends[pattern] += kSetWords[pattern];
  }
}

// Lists the places of the values instead: `base + c * step` for each channel c that has a set.
void AppendPlaces(const uint64_t* masks, uint64_t base, uint64_t step, uint32_t* lists, uint32_t* ends) {
  const TilePatterns patterns(masks);
  for (uint64_t bits = masks[0] | masks[1] | masks[2] | masks[3]; bits != 0; bits &= bits - 1) {
    const uint32_t c = uint32_t(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
    uint32_t& end = ends[patterns[c]];
    const uint64_t place = base + c * step;
    std::memcpy(lists + end, &place, sizeof(place));
    end += kCpsPlaceWords;
  }
}

#if HWY_TARGET == HWY_AVX3
// The same with a compress of bytes, which Highway 1.0 does not have. In a register, because the memory form of
// compress is slow on some CPUs.
__attribute__((target("avx512vbmi,avx512vbmi2"))) void AppendPlacesVbmi2(const uint64_t* masks, uint64_t base,
                                                                        uint64_t step, uint32_t* lists,
                                                                        uint32_t* ends) {
  alignas(64) static constexpr uint8_t kIota[64] = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
      22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
      44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  const __m512i iota = _mm512_load_si512(kIota);
  const __m512i bases = _mm512_set1_epi64(int64_t(base));
  const __m512i steps = _mm512_set1_epi64(int64_t(step));
  // Byte i of the channels to the low byte of both halves of lane i.
  const __m512i spread = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
  const Selections selections(masks);
#pragma GCC unroll 15
  for (int v = 1; v <= kCpsPatterns; ++v) {
    const uint64_t selected = selections[v];
    const __m512i channels = _mm512_maskz_compress_epi8(selected, iota);
    const uint32_t count = uint32_t(_mm_popcnt_u64(selected));
    uint32_t* const to = lists + ends[v];
    uint32_t i = 0;
    do {  // whole vectors; the slack behind each list takes what is too much
      const __m512i lanes = _mm512_maskz_permutexvar_epi8(
          0x1111111111111111ull, _mm512_add_epi32(spread, _mm512_set1_epi32(int(i))), channels);
      _mm512_storeu_si512(to + i * kCpsPlaceWords, _mm512_add_epi32(bases, _mm512_madd_epi16(lanes, steps)));
      i += 8;
    } while (HWY_UNLIKELY(i < count));
    ends[v] += count * kCpsPlaceWords;
  }
}
#endif

using AppendPlacesFunction = decltype(&AppendPlaces);

AppendPlacesFunction BestAppendPlaces() {
#if HWY_TARGET == HWY_AVX3
  const bool has_compress = HasCpuFeature(CpuFeature::kAvx512Vbmi) && HasCpuFeature(CpuFeature::kAvx512Vbmi2);
  if (has_compress) return AppendPlacesVbmi2;
#endif
  return AppendPlaces;
}

}  // namespace
}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_CPS_CPS_SETS_INL_H_
