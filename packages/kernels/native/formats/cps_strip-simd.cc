// The encoder of CPS tile sets: a row of a C x H x W map is read once, in order, and cut into slots that lie tile by
// tile and channel by channel. There the patterns of 16 channels are one load of masks, and the values of a list,
// whatever their order, are in L1. (In the map, neighbouring channels are a plane apart: with planes of 64 KB, all
// channels of a position compete for 8 lines of L1.)
#include "formats/cps_strip.h"

#include <cstring>

#include "simd/four-inl.h"
#include "simd/masks-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr uint8_t kSetBits[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

// Channels ahead whose row is fetched: hardware does not follow a stride of a plane.
constexpr int kPrefetchChannels = 6;

template <int kFours>
void FillSlots(const CpsStrip& s) {
  constexpr int kSlot = 4 * kFours;
  const ptrdiff_t span = ptrdiff_t(s.tiles - 1) * s.tile_width + kSlot;
  for (int c = 0; c < s.channels; ++c) {
    const ptrdiff_t start = s.start + c * s.plane;
    float* to = s.slots + c * kSlot;
    if (c + kPrefetchChannels < s.channels) {
      const uintptr_t ahead =
          reinterpret_cast<uintptr_t>(s.map) + size_t(start + kPrefetchChannels * s.plane) * sizeof(float);
      for (ptrdiff_t byte = 0; byte < span * ptrdiff_t(sizeof(float)); byte += 64) {
        __builtin_prefetch(reinterpret_cast<const void*>(ahead + byte));
      }
    }
    if (start >= 0 && start + span <= s.size) {
      const float* from = s.map + start;
      const uint32_t* lanes = s.lanes;
      for (int tile = 0; tile < s.tiles; ++tile, from += s.tile_width, lanes += kSlot, to += CpsTileFloats(kSlot)) {
        Unroll<kFours>([&](auto i) __attribute__((always_inline)) {
          StoreFour(AndFour(LoadFour(from + 4 * i), LoadFour(lanes + 4 * i)), to + 4 * i);
        });
      }
    } else {  // the very first and last rows of the map
      for (int tile = 0; tile < s.tiles; ++tile, to += CpsTileFloats(kSlot)) {
        for (int lane = 0; lane < kSlot; ++lane) {
          to[lane] = s.lanes[tile * kSlot + lane] ? s.map[start + ptrdiff_t(tile) * s.tile_width + lane] : 0.0f;
        }
      }
    }
  }
}

// Spreads the 8 nibbles of the low half of `bits` to bytes.
HWY_INLINE uint64_t SpreadNibbles(uint64_t bits) {
  bits = (bits | bits << 16) & 0x0000ffff0000ffffull;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ffull;
  return (bits | bits << 4) & 0x0f0f0f0f0f0f0f0full;
}

// One byte per channel of a tile. False when all are zero.
template <int kFours>
bool FindPatterns(const float* slots, int channels, uint8_t* patterns) {
  constexpr int kSlot = 4 * kFours;
  constexpr int kStep = 64 / kSlot;
  uint64_t any = 0;
  for (int c = 0; c < channels; c += kStep) {
    const uint64_t bits = NonZeroBits(slots + c * kSlot, 64);
    any |= bits;
    if constexpr (kFours == 2) {
      std::memcpy(patterns + c, &bits, sizeof(bits));
    } else {
      const uint64_t bytes[2] = {SpreadNibbles(bits & 0xffffffffu), SpreadNibbles(bits >> 32)};
      std::memcpy(patterns + c, bytes, sizeof(bytes));
    }
  }
  // Slots past the last channel hold what was there before.
  std::memset(patterns + channels, 0, size_t(-channels & (kStep - 1)));
  return any != 0;
}

// Writes the channels whose pattern is not 0, by pattern and then by channel, and where each pattern ends.
// Returns their number.
int SortSets(const uint8_t* patterns, int channels, int last_pattern, uint8_t* sorted, uint16_t* ends) {
  uint16_t next[kCpsBlock] = {};
  for (int c = 0; c < channels; ++c) ++next[patterns[c]];
  int end = 0;
  for (int v = 1; v <= last_pattern; ++v) {
    const int start = end;
    end += next[v];
    next[v] = uint16_t(start);
    ends[v - 1] = uint16_t(end);
  }
  for (int c = 0; c < channels; ++c) {
    if (patterns[c] != 0) sorted[next[patterns[c]]++] = uint8_t(c);
  }
  return end;
}

#if HWY_TARGET == HWY_AVX3
// The same with a compress of bytes: no branch to mispredict, and 15 patterns of 256 channels take about 250 cycles
// instead of 1,000. With more than 31 patterns, counting is faster.
constexpr int kMaxCompressedPatterns = 31;

__attribute__((target("avx512vbmi,avx512vbmi2"))) int SortSetsVbmi2(const uint8_t* patterns, int channels,
                                                                    int last_pattern, uint8_t* sorted,
                                                                    uint16_t* ends) {
  alignas(64) static constexpr uint8_t kIota[64] = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
      22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
      44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  const __m512i iota = _mm512_load_si512(kIota);
  int end = 0;
  for (int v = 1; v <= last_pattern; ++v) {
    const __m512i pattern = _mm512_set1_epi8(char(v));
    for (int c = 0; c < channels; c += 64) {
      const uint64_t selected = _mm512_cmpeq_epi8_mask(_mm512_load_si512(patterns + c), pattern);
      const __m512i ids = _mm512_add_epi8(iota, _mm512_set1_epi8(char(c)));
      _mm512_storeu_si512(sorted + end, _mm512_maskz_compress_epi8(selected, ids));
      end += int(_mm_popcnt_u64(selected));
    }
    ends[v - 1] = uint16_t(end);
  }
  return end;
}
#endif

using SortSetsFunction = decltype(&SortSets);

SortSetsFunction BestSortSets(int last_pattern) {
#if HWY_TARGET == HWY_AVX3
  if (last_pattern <= kMaxCompressedPatterns && HasAvx512Vbmi2()) return SortSetsVbmi2;
#endif
  (void)last_pattern;
  return SortSets;
}

// Appends the values of `count` sets, and returns where they end.
template <int kFours>
float* AppendValues(const float* slots, const uint8_t* patterns, const uint8_t* sorted, int count, float* to) {
  constexpr int kSlot = 4 * kFours;
  for (int i = 0; i < count; ++i) {
    const uint32_t pattern = patterns[sorted[i]];
    const float* slot = slots + sorted[i] * kSlot;
    Unroll<kFours>([&](auto f) __attribute__((always_inline)) {
      const uint32_t four = pattern >> (4 * f) & 15;
      StoreFour(Compress(LoadFour(slot + 4 * f), four), to);
      to += kSetBits[four];
    });
  }
  return to;
}

template <int kFours>
CpsStripSizes EncodeStrip(const CpsStrip& s) {
  const int last_pattern = (1 << s.tile_width) - 1;
  const SortSetsFunction sort_sets = BestSortSets(last_pattern);
  FillSlots<kFours>(s);
  alignas(64) uint8_t patterns[kCpsBlock] = {};
  const float* slots = s.slots;
  uint8_t* sets = s.channels_of_sets;
  float* values = s.values;
  uint16_t* ends = s.pattern_ends;
  for (int tile = 0; tile < s.tiles; ++tile, slots += CpsTileFloats(4 * kFours)) {
    const int count = FindPatterns<kFours>(slots, s.channels, patterns)
                          ? sort_sets(patterns, s.channels, last_pattern, sets, ends)
                          : 0;
    s.sets[tile] = uint16_t(count);
    if (count == 0) continue;
    values = AppendValues<kFours>(slots, patterns, sets, count, values);
    sets += count;
    ends += last_pattern;
  }
  return {size_t(ends - s.pattern_ends) / last_pattern, size_t(sets - s.channels_of_sets), size_t(values - s.values)};
}

}  // namespace

CpsStripSizes EncodeCpsStrip(const CpsStrip& strip) {
  return CpsSlot(strip.tile_width) == 4 ? EncodeStrip<1>(strip) : EncodeStrip<2>(strip);
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
