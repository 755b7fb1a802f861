#include "algorithms/cps/cps.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "conv/finish-inl.h"
#include "simd/four-inl.h"
#include "simd/masks-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kP = kCpsP;

constexpr int kLineBytes = 64;
constexpr uint8_t kSetWords[16] = {0, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5};

template <int kKernel>
constexpr int kAccumulators = kP + kKernel - 1;

// Beside the accumulators: one vector of weights, kP broadcasts, and a spare.
template <int kKernel>
constexpr int kMaxVectors = std::clamp((kRegisters - (kRegisters == 32 ? 6 : 3)) / kAccumulators<kKernel>, 1, 6);

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
// The same with a compress of bytes, which Highway 1.0 does not have. In a register, because the memory form of compress
// is slow on some CPUs.
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
  if (HasAvx512Vbmi2()) return AppendPlacesVbmi2;
#endif
  return AppendPlaces;
}

// One row of outputs of a strip, for one panel of output channels.
struct StripRow {
  const uint32_t* lists;
  const uint32_t* begin;  // [tile][kCpsPatterns + 1]: where the row's window begins in the list of each pattern ...
  const uint32_t* end;    // ... and ends
  int tiles;
  uintptr_t weights;      // origin of the sets' weight offsets, for this window
  uintptr_t input;        // origin of the sets' places
  ptrdiff_t input_step;   // bytes between neighbouring positions of a set
  const char* next;       // weights of the panel that follows: `next_bytes` of them for each tile come to L2 meanwhile
  ptrdiff_t next_bytes;
  float* out;             // output 0 of the row, first channel of the panel
  ptrdiff_t out_step;     // floats between neighbouring outputs
  int out_count;          // outputs of the row
  int first_output;       // that tile 0 of the strip completes first; negative in the left border
  bool continues;         // the first `carry` outputs were begun by the strip before
  bool open;              // another strip follows
  const float* bias;      // null: the outputs hold the sums over earlier chunks
  bool finishes;          // complete sums are finished before they are stored
  ConvEnd finish;
  const float* addend;    // beside output 0; null: nothing is added
  ptrdiff_t addend_step;  // floats between neighbouring outputs
  int columns;            // valid floats of the panel
};

template <int kKernel, bool kPlaced, int Q>
void RunStripRow(const StripRow& row) {
  constexpr int kAll = kAccumulators<kKernel>;
  constexpr int kCarry = kAll - kP;
  const D d;
  V acc[kAll][Q];

  // The bias, or what an output holds: no lambda within another, or the compiler keeps the sums in memory.
  const auto start = [&](auto j, int output, const float* bias) __attribute__((always_inline)) {
    if (bias) {
      Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[j][q] = hn::LoadU(d, bias + q * kLanes); });
      return;
    }
    const float* from = row.out + output * row.out_step;
    const bool inside = output >= 0 && output < row.out_count;
    Unroll<Q>([&](auto q) __attribute__((always_inline)) {
      const int left = row.columns - q * kLanes;
      acc[j][q] = inside && left > 0 ? LoadPartial(from + q * kLanes, left) : hn::Zero(d);
    });
  };
  const auto store = [&](auto j, int output, bool complete) __attribute__((always_inline)) {
    if (output < 0 || output >= row.out_count) return;
    float* to = row.out + output * row.out_step;
    const float* addend = row.addend ? row.addend + output * row.addend_step : nullptr;
    Unroll<Q>([&](auto q) __attribute__((always_inline)) {
      const int left = row.columns - q * kLanes;
      if (left <= 0) return;
      const V v = complete && row.finishes
                      ? FinishInRegisters(row.finish, acc[j][q], addend ? addend + q * kLanes : nullptr, left)
                      : acc[j][q];
      StorePartial(v, to + q * kLanes, left);
    });
  };

  Unroll<kCarry>([&](auto j) __attribute__((always_inline)) {
    start(j, row.first_output + j, row.continues ? nullptr : row.bias);
  });
  for (int tile = 0; tile < row.tiles; ++tile) {
    const int first = row.first_output + tile * kP;
    Unroll<kP>([&](auto i) __attribute__((always_inline)) {
      constexpr auto j = std::integral_constant<int, i + kCarry>{};
      start(j, first + j, row.bias);
    });
    for (ptrdiff_t byte = tile * row.next_bytes; byte < (tile + 1) * row.next_bytes; byte += kLineBytes) {
      __builtin_prefetch(row.next + byte, 0, 2);
    }
    uintptr_t positions[kP];
    for (int p = 0; p < kP; ++p) positions[p] = row.input + p * row.input_step;
    const uint32_t* begin = row.begin + tile * (kCpsPatterns + 1);
    const uint32_t* end = row.end + tile * (kCpsPatterns + 1);
    Unroll<kCpsPatterns>([&](auto i) __attribute__((always_inline)) {
      constexpr int v = i + 1;
      const uint32_t* set = row.lists + begin[v];
      const uint32_t* const stop = row.lists + end[v];
      constexpr int kWords = kPlaced ? kCpsPlaceWords : CpsSetWords(v);
      for (; set != stop; set += kWords) {
        const float* w = reinterpret_cast<const float*>(row.weights + set[0]);
        V x[kP];
        Unroll<kP>([&](auto p) __attribute__((always_inline)) {
          if constexpr (v >> p & 1) {
            float value;
            if constexpr (kPlaced) {
              std::memcpy(&value, reinterpret_cast<const char*>(positions[p] + set[1]), sizeof(value));
            } else {
              std::memcpy(&value, set + CpsSetWords(v & ((1 << p) - 1)), sizeof(value));
            }
            x[p] = hn::Set(d, value);
          }
        });
#pragma GCC unroll 8
        for (int kx = 0; kx < kKernel; ++kx) {
#pragma GCC unroll 8
          for (int q = 0; q < Q; ++q) {
            const V wq = hn::LoadU(d, w + (kx * Q + q) * kLanes);
#pragma GCC unroll 4
            for (int p = 0; p < kP; ++p) {
              // Position p meets tap kx in output p - kx of the tile.
              if (v >> p & 1) acc[p - kx + kCarry][q] = hn::MulAdd(x[p], wq, acc[p - kx + kCarry][q]);
            }
          }
        }
      }
    });
    Unroll<kP>([&](auto j) __attribute__((always_inline)) { store(j, first + j, true); });
    Unroll<kCarry>([&](auto j) __attribute__((always_inline)) {
      Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[j][q] = acc[j + kP][q]; });
    });
  }
  const int next = row.first_output + row.tiles * kP;
  Unroll<kCarry>([&](auto j) __attribute__((always_inline)) { store(j, next + j, !row.open); });
}

// Where RunStripRow has stored sums as they are.
void FinishRow(const StripRow& row) {
  const int end = row.open ? HWY_MIN(row.first_output + row.tiles * kP, row.out_count) : row.out_count;
  for (int output = HWY_MAX(row.first_output, 0); output < end; ++output) {
    const float* addend = row.addend ? row.addend + output * row.addend_step : nullptr;
    FinishStored(row.finish, row.out + output * row.out_step, addend, row.columns);
  }
}

using StripRowFunction = void (*)(const StripRow&);

template <int kKernel, bool kPlaced>
StripRowFunction ForVectors(int vectors) {
  StripRowFunction found = nullptr;
  Unroll<kMaxVectors<kKernel>>([&](auto i) {
    if (vectors == i + 1) found = RunStripRow<kKernel, kPlaced, i + 1>;
  });
  return found;
}

struct MicroKernel {
  int kernel;
  bool placed;
  int max_vectors;
  StripRowFunction (*for_vectors)(int vectors);
};

template <int kKernel, bool kPlaced = false>
constexpr MicroKernel kMicroKernel = {kKernel, kPlaced, kMaxVectors<kKernel>, ForVectors<kKernel, kPlaced>};

constexpr MicroKernel kMicroKernels[] = {kMicroKernel<1>, kMicroKernel<1, true>, kMicroKernel<3>, kMicroKernel<5>,
                                         kMicroKernel<7>};

const MicroKernel& FindMicroKernel(int kernel, bool placed) {
  for (const MicroKernel& candidate : kMicroKernels) {
    if (candidate.kernel == kernel && candidate.placed == placed) return candidate;
  }
  std::abort();  // CpsGeometry names no other
}

// What a task computes: output rows `first`, ..., `first + outputs` of some grids, for some panels of output channels.
struct Pass {
  int group, first_grid, end_grid, first, outputs, first_panel, end_panel;
};

// The part of a grid that a pass meets in a strip.
struct Field {
  int image, y, phase;  // of the first output: row y, column phase
  int outputs;          // rows, y_step apart
  int columns;          // of the grid
  int tiles;
  int first_output;     // that the first tile completes first
  int start;            // column of the map where the first tile begins
  bool open;            // another strip follows

  Field(const CpsLayer& layer, const CpsWorkspace& workspace, const ConvArgs& args, const Pass& pass, int grid,
        int first_tile) {
    const CpsGeometry& g = layer.geometry;
    const int out_h = args.out.h;
    phase = grid % workspace.phases;
    const int residue = grid / workspace.phases % workspace.residues;
    image = grid / workspace.phases / workspace.residues;
    y = residue + pass.first * g.y_step;
    outputs = y < out_h ? HWY_MIN(pass.outputs, (out_h - y + g.y_step - 1) / g.y_step) : 0;
    const CpsColumns of_map(g, layer.spec, args.in.w, phase);
    columns = of_map.outputs;
    first_output = of_map.first + first_tile * kP;
    start = of_map.start + first_tile * kP * g.column_step;
    const int all = outputs > 0 ? of_map.tiles : 0;
    tiles = HWY_MAX(0, HWY_MIN(workspace.tiles, all - first_tile));
    open = first_tile + tiles < all;
  }
};

class Worker {
 public:
  Worker(const ConvArgs& args, const CpsLayer& layer, const CpsWorkspace& workspace, int index, const Pass& pass)
      : args_(args),
        spec_(*args.spec),
        layer_(layer),
        geometry_(layer.geometry),
        workspace_(workspace),
        pass_(pass) {
    char* scratch = args.scratch + workspace.Bytes() * size_t(index);
    lists_ = reinterpret_cast<uint32_t*>(scratch);
    positions_ = reinterpret_cast<uint32_t*>(scratch + workspace.lists_bytes);
    masks_ = reinterpret_cast<uint64_t*>(scratch + workspace.lists_bytes + workspace.positions_bytes);
    const MicroKernel& micro = FindMicroKernel(geometry_.kernel, geometry_.placed);
    for (int vectors = 1; vectors <= micro.max_vectors; ++vectors) run_[vectors] = micro.for_vectors(vectors);
  }

  void Run(ConvTimes* times) {
    for (int first_tile = 0; first_tile < workspace_.all_tiles; first_tile += workspace_.tiles) {
      for (int chunk = 0; chunk < layer_.chunks.count; ++chunk) {
        Timer timer;
        uint32_t start = 0;
        ForEachField(first_tile, [&](const Field& field, uint32_t* positions) {
          start = Encode(field, chunk, start, positions, times);
        });
        times->encode += timer.Seconds();
        times->lowered += start * sizeof(uint32_t);
        timer = Timer();
        Compute(first_tile, chunk);
        times->compute += timer.Seconds();
      }
    }
  }

 private:
  template <class F>
  void ForEachField(int first_tile, const F& f) {
    uint32_t* positions = positions_;
    for (int grid = pass_.first_grid; grid < pass_.end_grid; ++grid) {
      const Field field(layer_, workspace_, args_, pass_, grid, first_tile);
      if (field.tiles > 0) f(field, positions);
      positions += size_t(workspace_.rows + 1) * workspace_.tiles * (kCpsPatterns + 1);
    }
  }

  // Lists the sets of a field from `start` on; returns where they end.
  uint32_t Encode(const Field& field, int chunk, uint32_t start, uint32_t* positions, ConvTimes* times) {
    const MapView& in = args_.in;
    const int channels = layer_.chunks.Size(chunk);
    const int words = (channels + kCpsWord - 1) / kCpsWord;
    const int first_channel = pass_.group * spec_.GroupIn() + chunk * layer_.chunks.size;
    const int rows = (field.outputs - 1) * geometry_.window_step + spec_.k_h;
    const uint32_t entry_bytes = uint32_t(layer_.EntryFloats() * sizeof(float));
    const int positions_per_row = field.tiles * (kCpsPatterns + 1);
    const auto row_of = [&](int row) { return field.y * spec_.s_h + row * geometry_.row_step - spec_.pad_t; };
    const auto first_column = [&](int tap) {
      return field.start + (geometry_.replay ? 0 : tap * spec_.d_w);
    };

    // The masks of all rows, and the sets of each tile and pattern. The next row comes to L2 meanwhile: hardware does not
    // follow from row to row of a strip, and encoding 64 channels of a 512 x 512 map took 1.5 times as long.
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
              const float* next_row = values + geometry_.row_step * in.RowStride();
              for (int c = 0; c < channels; c += kLineBytes / int(sizeof(float))) __builtin_prefetch(next_row + c, 0, 2);
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

  // The same for a row whose sets are places; returns the masks that follow.
  const uint64_t* AppendPlacesOfRow(const Field& field, int row, int words, uint32_t weights, uint32_t entry_bytes,
                                    const uint64_t* masks, uint32_t* ends) {
    const MapView& in = args_.in;
    const uint64_t step = uint64_t(sizeof(float)) << 32 | entry_bytes;
    const uint32_t tile_bytes = uint32_t(kP * geometry_.column_step * in.stride * sizeof(float));
    const uint32_t row_place = uint32_t(ptrdiff_t(row) * geometry_.row_step * in.RowStride() * ptrdiff_t(sizeof(float)));
    for (int tile = 0; tile < field.tiles; ++tile, ends += kCpsPatterns + 1) {
      for (int word = 0; word < words; ++word, masks += kP) {
        if ((masks[0] | masks[1] | masks[2] | masks[3]) == 0) continue;
        const uint64_t place = row_place + uint32_t(tile) * tile_bytes + uint32_t(word * kCpsWord * sizeof(float));
        append_places_(masks, place << 32 | (weights + uint32_t(word) * kCpsWord * entry_bytes), step, lists_, ends);
      }
    }
    return masks;
  }

  // Where the places of a field's sets count from: its first row and column, which may lie in the padding.
  uintptr_t Origin(const Field& field, int chunk) const {
    const MapView& in = args_.in;
    const int y = field.y * spec_.s_h - spec_.pad_t;
    const ptrdiff_t pixel = (ptrdiff_t(field.image) * in.h + y) * in.w + field.start;
    const ptrdiff_t channel = pass_.group * spec_.GroupIn() + chunk * layer_.chunks.size;
    return reinterpret_cast<uintptr_t>(in.data) + uintptr_t((pixel * in.stride + channel) * ptrdiff_t(sizeof(float)));
  }

  // The weights that follow those of a panel: of the next panel, or else of the next chunk.
  const float* NextPanel(int chunk, int panel) const {
    if (panel + 1 < pass_.end_panel) {
      return args_.packed + layer_.ChunkOffset(pass_.group, chunk) + (panel + 1) * layer_.PanelFloats(chunk);
    }
    const int next = (chunk + 1) % layer_.chunks.count;
    return args_.packed + layer_.ChunkOffset(pass_.group, next) + pass_.first_panel * layer_.PanelFloats(next);
  }

  void Compute(int first_tile, int chunk) {
    const Panels& panels = layer_.panels;
    const float* weights = args_.packed + layer_.ChunkOffset(pass_.group, chunk);
    const ptrdiff_t row_bytes = ptrdiff_t(geometry_.taps) * layer_.chunks.Size(chunk) * layer_.EntryFloats() *
                                ptrdiff_t(sizeof(float));
    size_t tile_rows = 0;
    ForEachField(first_tile, [&](const Field& field, uint32_t*) { tile_rows += size_t(field.outputs) * field.tiles; });
    if (tile_rows == 0) return;
    const size_t panel_lines = layer_.PanelFloats(chunk) * sizeof(float) / kLineBytes;
    StripRow row;
    row.lists = lists_;
    row.next_bytes = ptrdiff_t((panel_lines + tile_rows - 1) / tile_rows * kLineBytes);
    row.input_step = geometry_.column_step * args_.in.stride * ptrdiff_t(sizeof(float));
    row.out_step = geometry_.phases * args_.out.stride;
    row.continues = first_tile > 0;
    const bool is_last = chunk + 1 == layer_.chunks.count;
    row.finishes = is_last && IsQuick(args_.end.activation);
    row.finish = args_.end;
    row.addend_step = geometry_.phases * args_.addend.stride;
    for (int p = pass_.first_panel; p < pass_.end_panel; ++p) {
      const int channel = pass_.group * spec_.GroupOut() + panels.First(p);
      const uintptr_t panel = reinterpret_cast<uintptr_t>(weights + p * layer_.PanelFloats(chunk));
      const StripRowFunction run = run_[panels.Vectors(p)];
      row.next = reinterpret_cast<const char*>(NextPanel(chunk, p));
      row.bias = chunk == 0 ? args_.bias + channel : nullptr;
      row.columns = panels.Valid(p);
      ForEachField(first_tile, [&](const Field& field, const uint32_t* positions) {
        const size_t positions_per_row = size_t(field.tiles) * (kCpsPatterns + 1);
        row.tiles = field.tiles;
        row.first_output = field.first_output;
        row.input = Origin(field, chunk);
        row.out_count = field.columns;
        row.open = field.open;
        for (int i = 0; i < field.outputs; ++i) {
          const int window = i * geometry_.window_step;
          row.begin = positions + window * positions_per_row;
          row.end = row.begin + spec_.k_h * positions_per_row;
          row.weights = panel - uintptr_t(window * row_bytes);
          row.out = args_.out.Pixel(field.image, field.y + i * geometry_.y_step, field.phase) + channel;
          row.addend = args_.AddendAt(field.image, field.y + i * geometry_.y_step, field.phase, channel);
          run(row);
          if (is_last && !row.finishes) FinishRow(row);
          row.next += field.tiles * row.next_bytes;
        }
      });
    }
  }

  const ConvArgs& args_;
  const ConvSpec& spec_;
  const CpsLayer& layer_;
  const CpsGeometry& geometry_;
  const CpsWorkspace& workspace_;
  const Pass& pass_;
  uint32_t* lists_;      // [grid][tile][pattern][set]: the offset of its weights, its values that are not zero
  uint32_t* positions_;  // [grid][row][tile][pattern]
  uint64_t* masks_;      // of one grid, [row][tap][tile][word][position]
  StripRowFunction run_[7] = {};
  const AppendPlacesFunction append_places_ = BestAppendPlaces();
};

}  // namespace

int CpsMaxPanel(int kernel) { return FindMicroKernel(kernel, false).max_vectors; }

void CpsRun(const ConvArgs& args) {
  const CpsLayer layer(*args.config);
  const CpsWorkspace workspace(layer, {args.in.n, args.in.h, args.in.w}, args.threads);
  const Parts& bands = workspace.bands;
  ConvTimes times[kMaxWorkers];
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  const Parts grids(workspace.all_grids, workspace.grids, int64_t(args.spec->group) * bands.count, workers);
  const int passes = args.spec->group * grids.count * bands.count;
  // Where few passes would leave workers without one, these share a pass's panels; each encodes it anew.
  const bool shared = workspace.shares_panels || (passes < 4 * workers && passes % workers != 0);
  const Parts panels(layer.panels.count, layer.panels.count, 1, shared ? workers : 1);
  ParallelForInTurn(passes * panels.count, workers, [&](int task, int index) {
    const int share = task % panels.count;
    const int band = task / panels.count % bands.count;
    const int part = task / panels.count / bands.count % grids.count;
    const int group = task / panels.count / bands.count / grids.count;
    const Pass pass = {group,
                       grids.First(part),
                       grids.First(part + 1),
                       bands.First(band),
                       bands.Size(band),
                       panels.First(share),
                       panels.First(share + 1)};
    Worker(args, layer, workspace, index, pass).Run(&times[index]);
  });
  AddTimes(times, workers, args.times);
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
