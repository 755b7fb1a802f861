#include "algorithms/cps/cps.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "simd/activation-inl.h"
#include "simd/four-inl.h"
#include "simd/masks-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kP = kCpsP;

constexpr uint8_t kSetWords[16] = {0, 2, 2, 3, 2, 3, 3, 4, 2, 3, 3, 4, 3, 4, 4, 5};

template <int kKernel, int kStride>
constexpr int kAccumulators = kP / kStride + (kKernel - 1) / kStride;

// Beside the accumulators: one vector of weights, kP broadcasts, and a spare.
template <int kKernel, int kStride>
constexpr int kMaxVectors =
    std::clamp((kRegisters - (kRegisters == 32 ? 6 : 3)) / kAccumulators<kKernel, kStride>, 1, 6);

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

// One row of outputs of a strip, for one panel of output channels.
struct StripRow {
  const uint32_t* lists;
  const uint32_t* begin;  // [tile][kCpsPatterns + 1]: where the row's window begins in the list of each pattern ...
  const uint32_t* end;    // ... and ends
  int tiles;
  uintptr_t weights;      // origin of the sets' weight offsets, for this window
  float* out;             // output 0 of the row, first channel of the panel
  ptrdiff_t out_step;     // floats between neighbouring outputs
  int out_count;          // outputs of the row
  int first_output;       // that tile 0 of the strip completes first; negative in the left border
  bool continues;         // the first `carry` outputs were begun by the strip before
  bool open;              // another strip follows
  const float* bias;      // null: the outputs hold the sums over earlier chunks
  bool last_chunk;
  ActivationSpec activation;
  int columns;            // valid floats of the panel
};

template <int kKernel, int kStride, int Q>
void RunStripRow(const StripRow& row) {
  constexpr int kOutputs = kP / kStride;
  constexpr int kAll = kAccumulators<kKernel, kStride>;
  constexpr int kCarry = kAll - kOutputs;
  const D d;
  V acc[kAll][Q];

  const auto load = [&](auto j, int output) __attribute__((always_inline)) {
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
    Unroll<Q>([&](auto q) __attribute__((always_inline)) {
      const int left = row.columns - q * kLanes;
      if (left <= 0) return;
      const V v = complete && row.last_chunk ? Activate(row.activation, acc[j][q]) : acc[j][q];
      StorePartial(v, to + q * kLanes, left);
    });
  };

  Unroll<kCarry>([&](auto j) __attribute__((always_inline)) {
    if (row.continues) {
      load(j, row.first_output + j);
    } else {
      Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[j][q] = hn::Zero(d); });
    }
  });
  for (int tile = 0; tile < row.tiles; ++tile) {
    const int first = row.first_output + tile * kOutputs;
    Unroll<kOutputs>([&](auto i) __attribute__((always_inline)) {
      constexpr auto j = std::integral_constant<int, i + kCarry>{};
      if (row.bias) {
        Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[j][q] = hn::LoadU(d, row.bias + q * kLanes); });
      } else {
        load(j, first + j);
      }
    });
    const uint32_t* begin = row.begin + tile * (kCpsPatterns + 1);
    const uint32_t* end = row.end + tile * (kCpsPatterns + 1);
    Unroll<kCpsPatterns>([&](auto i) __attribute__((always_inline)) {
      constexpr int v = i + 1;
      const uint32_t* set = row.lists + begin[v];
      const uint32_t* const stop = row.lists + end[v];
      for (; set != stop; set += CpsSetWords(v)) {
        const float* w = reinterpret_cast<const float*>(row.weights + set[0]);
        V x[kP];
        Unroll<kP>([&](auto p) __attribute__((always_inline)) {
          if constexpr (v >> p & 1) {
            float value;
            std::memcpy(&value, set + CpsSetWords(v & ((1 << p) - 1)), sizeof(value));
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
              // Position p meets tap kx in output (p - kx) / stride of the tile.
              if ((v >> p & 1) && (p - kx) % kStride == 0) {
                const int j = (p - kx + kCarry * kStride) / kStride;
                acc[j][q] = hn::MulAdd(x[p], wq, acc[j][q]);
              }
            }
          }
        }
      }
    });
    Unroll<kOutputs>([&](auto j) __attribute__((always_inline)) { store(j, first + j, true); });
    Unroll<kCarry>([&](auto j) __attribute__((always_inline)) {
      Unroll<Q>([&](auto q) __attribute__((always_inline)) { acc[j][q] = acc[j + kOutputs][q]; });
    });
  }
  if (row.open) {
    const int next = row.first_output + row.tiles * kOutputs;
    Unroll<kCarry>([&](auto j) __attribute__((always_inline)) { store(j, next + j, false); });
  }
}

using StripRowFunction = void (*)(const StripRow&);

template <int kKernel, int kStride>
StripRowFunction ForVectors(int vectors) {
  StripRowFunction found = nullptr;
  Unroll<kMaxVectors<kKernel, kStride>>([&](auto i) {
    if (vectors == i + 1) found = RunStripRow<kKernel, kStride, i + 1>;
  });
  return found;
}

struct MicroKernel {
  int kernel, stride, max_vectors;
  StripRowFunction (*for_vectors)(int vectors);
};

template <int kKernel, int kStride>
constexpr MicroKernel kMicroKernel = {kKernel, kStride, kMaxVectors<kKernel, kStride>, ForVectors<kKernel, kStride>};

constexpr MicroKernel kMicroKernels[] = {kMicroKernel<1, 1>, kMicroKernel<3, 1>, kMicroKernel<5, 1>,
                                         kMicroKernel<7, 1>, kMicroKernel<3, 2>, kMicroKernel<5, 2>,
                                         kMicroKernel<7, 2>};

const MicroKernel& FindMicroKernel(int kernel, int stride) {
  for (const MicroKernel& candidate : kMicroKernels) {
    if (candidate.kernel == kernel && candidate.stride == stride) return candidate;
  }
  std::abort();  // CpsGeometry names no other
}

// Tiles ahead whose map is fetched: where a block has few of a pixel's channels, hardware does not follow.
constexpr int kAheadTiles = 2;

class Worker {
 public:
  // For the panels from `first_panel` to before `end_panel`.
  Worker(const ConvArgs& args, const CpsLayer& layer, const CpsWorkspace& workspace, int index, int first_panel,
         int end_panel)
      : args_(args),
        spec_(*args.spec),
        layer_(layer),
        geometry_(layer.geometry),
        workspace_(workspace),
        first_panel_(first_panel),
        end_panel_(end_panel) {
    char* scratch = args.scratch + workspace.Bytes() * size_t(index);
    lists_ = reinterpret_cast<uint32_t*>(scratch);
    positions_ = reinterpret_cast<uint32_t*>(scratch + workspace.lists_bytes);
    masks_ = reinterpret_cast<uint64_t*>(scratch + workspace.lists_bytes + workspace.positions_bytes);
    const MicroKernel& micro = FindMicroKernel(geometry_.kernel, geometry_.stride);
    for (int vectors = 1; vectors <= micro.max_vectors; ++vectors) run_[vectors] = micro.for_vectors(vectors);
  }

  // Output rows y0, y0 + y_step, ... (`outputs` of them) of one image and group.
  void RunBand(int image, int group, int y0, int outputs, ConvTimes* times) {
    for (int phase = 0; phase < geometry_.phases; ++phase) {
      if (phase >= args_.out.w) break;
      const int columns = (args_.out.w - phase + geometry_.phases - 1) / geometry_.phases;
      const int tiles = (columns + geometry_.carry + geometry_.outputs - 1) / geometry_.outputs;
      for (int tile0 = 0; tile0 < tiles; tile0 += workspace_.tiles) {
        const int strip_tiles = HWY_MIN(workspace_.tiles, tiles - tile0);
        const bool open = tile0 + strip_tiles < tiles;
        for (int chunk = 0; chunk < layer_.chunks.count; ++chunk) {
          Timer timer;
          Encode(image, group, chunk, y0, outputs, phase, tile0, strip_tiles);
          times->encode += timer.Seconds();
          timer = Timer();
          Compute(image, group, chunk, y0, outputs, phase, columns, tile0, strip_tiles, open);
          times->compute += timer.Seconds();
        }
      }
    }
  }

 private:
  void Encode(int image, int group, int chunk, int y0, int outputs, int phase, int tile0, int tiles) {
    const MapView& in = args_.in;
    const int channels = layer_.chunks.Size(chunk);
    const int words = (channels + kCpsWord - 1) / kCpsWord;
    const int first_channel = group * spec_.GroupIn() + chunk * layer_.chunks.size;
    const int rows = (outputs - 1) * geometry_.window_step + spec_.k_h;
    const uint32_t entry_bytes = uint32_t(layer_.EntryFloats() * sizeof(float));
    const int positions_per_row = tiles * (kCpsPatterns + 1);
    const auto row_of = [&](int row) { return y0 * spec_.s_h + row * geometry_.row_step - spec_.pad_t; };
    const auto first_column = [&](int tap) {
      return phase + tile0 * kP * geometry_.column_step + (geometry_.replay ? 0 : tap * spec_.d_w) - spec_.pad_l;
    };

    // The masks of all rows, and the sets of each tile and pattern.
    std::memset(positions_, 0, size_t(positions_per_row) * sizeof(uint32_t));
    uint64_t* masks = masks_;  // [row of the map][tap][tile][word][position]
    for (int row = 0; row < rows; ++row) {
      const int y = row_of(row);
      if (y < 0 || y >= in.h) continue;
      for (int tap = 0; tap < geometry_.taps; ++tap) {
        const int x0 = first_column(tap);
        for (int tile = 0; tile < tiles; ++tile, masks += words * kP) {
          for (int p = 0; p < kP; ++p) {
            const int x = x0 + (tile * kP + p) * geometry_.column_step;
            const bool inside = x >= 0 && x < in.w;
            const float* values = in.Pixel(image, y, inside ? x : 0) + first_channel;
            const float* ahead = values + kAheadTiles * kP * geometry_.column_step * in.stride;
            for (int c = 0; c < channels; c += 16) __builtin_prefetch(ahead + c);
            for (int word = 0; word < words; ++word) {
              masks[word * kP + p] =
                  inside ? NonZeroBits(values + word * kCpsWord, HWY_MIN(kCpsWord, channels - word * kCpsWord)) : 0;
            }
          }
          for (int word = 0; word < words; ++word) {
            CountSets(masks + word * kP, positions_ + tile * (kCpsPatterns + 1));
          }
        }
      }
    }

    // Where each list begins.
    uint32_t start = 0;
    for (int tile = 0; tile < tiles; ++tile) {
      for (int v = 1; v <= kCpsPatterns; ++v) {
        uint32_t& position = positions_[tile * (kCpsPatterns + 1) + v];
        const uint32_t sets = position;
        position = start;
        start += sets * CpsSetWords(v) + kCpsSlack;
      }
    }

    masks = masks_;
    for (int row = 0; row < rows; ++row) {
      uint32_t* ends = positions_ + size_t(row + 1) * positions_per_row;
      std::memcpy(ends, ends - positions_per_row, size_t(positions_per_row) * sizeof(uint32_t));
      const int y = row_of(row);
      if (y < 0 || y >= in.h) continue;
      for (int tap = 0; tap < geometry_.taps; ++tap) {
        SetSources from = {{}, 0, entry_bytes};
        int x = first_column(tap);
        for (int tile = 0; tile < tiles; ++tile, ends += kCpsPatterns + 1) {
          for (int p = 0; p < kP; ++p, x += geometry_.column_step) {
            from.positions[p] = in.Pixel(image, y, x >= 0 && x < in.w ? x : 0) + first_channel;
          }
          from.weights = uint32_t(row * geometry_.taps + tap) * channels * entry_bytes;
          for (int word = 0; word < words; ++word, masks += kP) {
            AppendSets(masks, HWY_MIN(kCpsWord, channels - word * kCpsWord), from, lists_, ends);
            for (const float*& position : from.positions) position += kCpsWord;
            from.weights += kCpsWord * entry_bytes;
          }
        }
        ends -= positions_per_row;
      }
    }
  }

  void Compute(int image, int group, int chunk, int y0, int outputs, int phase, int columns, int tile0, int tiles,
               bool open) {
    const Panels& panels = layer_.panels;
    const int positions_per_row = tiles * (kCpsPatterns + 1);
    const float* weights = args_.packed + layer_.ChunkOffset(group, chunk);
    const ptrdiff_t row_bytes = ptrdiff_t(geometry_.taps) * layer_.chunks.Size(chunk) * layer_.EntryFloats() *
                                ptrdiff_t(sizeof(float));
    StripRow row;
    row.lists = lists_;
    row.tiles = tiles;
    row.out_step = geometry_.phases * args_.out.stride;
    row.out_count = columns;
    row.first_output = tile0 * geometry_.outputs - geometry_.carry;
    row.continues = tile0 > 0;
    row.open = open;
    row.last_chunk = chunk + 1 == layer_.chunks.count;
    row.activation = args_.activation;
    for (int p = first_panel_; p < end_panel_; ++p) {
      const int channel = group * spec_.GroupOut() + panels.First(p);
      const uintptr_t panel = reinterpret_cast<uintptr_t>(weights + p * layer_.PanelFloats(chunk));
      const StripRowFunction run = run_[panels.Vectors(p)];
      row.bias = chunk == 0 ? args_.bias + channel : nullptr;
      row.columns = panels.Valid(p);
      for (int i = 0; i < outputs; ++i) {
        const int window = i * geometry_.window_step;
        row.begin = positions_ + size_t(window) * positions_per_row;
        row.end = row.begin + size_t(spec_.k_h) * positions_per_row;
        row.weights = panel - uintptr_t(window * row_bytes);
        row.out = args_.out.Pixel(image, y0 + i * geometry_.y_step, phase) + channel;
        run(row);
      }
    }
  }

  const ConvArgs& args_;
  const ConvSpec& spec_;
  const CpsLayer& layer_;
  const CpsGeometry& geometry_;
  const CpsWorkspace& workspace_;
  const int first_panel_, end_panel_;
  uint32_t* lists_;       // [tile][pattern][set]: the offset of its weights, its values that are not zero
  uint32_t* positions_;   // [row][tile][pattern]
  uint64_t* masks_;       // [row][tap][tile][word][position]
  StripRowFunction run_[7] = {};
};

}  // namespace

int CpsMaxPanel(int kernel, int stride) { return FindMicroKernel(kernel, stride).max_vectors; }

void CpsRun(const ConvArgs& args) {
  const CpsLayer layer(*args.config);
  const CpsGeometry& geometry = layer.geometry;
  const CpsWorkspace workspace(layer, {args.in.n, args.in.h, args.in.w});
  const Parts& bands = workspace.bands;
  const int all_bands = args.out.n * args.spec->group * geometry.y_step * bands.count;
  ConvTimes times[kMaxWorkers];
  const int workers = HWY_MIN(args.threads, kMaxWorkers);
  // Where few bands would leave workers without one, these share a band's panels; each encodes it anew.
  const bool uneven = all_bands < 4 * workers && all_bands % workers != 0;
  const int shares = uneven ? HWY_MIN(workers, layer.panels.count) : 1;
  ParallelFor(all_bands * shares, workers, [&](int task, int index) {
    const int share = task % shares;
    task /= shares;
    const int band = task % bands.count;
    const int residue = task / bands.count % geometry.y_step;
    const int group = task / bands.count / geometry.y_step % args.spec->group;
    const int image = task / bands.count / geometry.y_step / args.spec->group;
    const int first = bands.First(band);
    const int available = (args.out.h - residue + geometry.y_step - 1) / geometry.y_step;
    const int outputs = HWY_MIN(bands.Size(band), available - first);
    if (outputs <= 0) return;
    const int first_panel = layer.panels.count * share / shares;
    const int end_panel = layer.panels.count * (share + 1) / shares;
    Worker(args, layer, workspace, index, first_panel, end_panel)
        .RunBand(image, group, residue + first * geometry.y_step, outputs, &times[index]);
  });
  AddTimes(times, workers, args.times);
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
