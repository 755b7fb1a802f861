#include "algorithms/cps/cps.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "simd/activation-inl.h"
#include "simd/masks-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kP = kCpsP;

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

// Appends `base + c * step` for the channels c of each selection to that pattern's list.
void AppendSets(const uint64_t* masks, uint64_t base, uint64_t step, uint64_t* lists, uint32_t* positions) {
  const Selections selections(masks);
  for (int v = 1; v <= kCpsPatterns; ++v) {
    uint64_t* to = lists + positions[v];
    for (uint64_t bits = selections[v]; bits != 0; bits &= bits - 1) {
      *to++ = base + uint64_t(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits)) * step;
    }
    positions[v] = uint32_t(to - lists);
  }
}

#if HWY_TARGET == HWY_AVX3
// The same with a compress of bytes, which Highway 1.0 does not have: about 70 cycles instead of 300. In a
// register, because the memory form of compress is slow on some CPUs.
__attribute__((target("avx512vbmi,avx512vbmi2"))) void AppendSetsVbmi2(const uint64_t* masks, uint64_t base,
                                                                      uint64_t step, uint64_t* lists,
                                                                      uint32_t* positions) {
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
    uint64_t* const to = lists + positions[v];
    uint32_t i = 0;
    do {  // whole vectors; the slack behind each list takes what is too much
      const __m512i lanes = _mm512_maskz_permutexvar_epi8(
          0x1111111111111111ull, _mm512_add_epi32(spread, _mm512_set1_epi32(int(i))), channels);
      _mm512_storeu_si512(to + i, _mm512_add_epi32(bases, _mm512_madd_epi16(lanes, steps)));
      i += 8;
    } while (HWY_UNLIKELY(i < count));
    positions[v] += count;
  }
}

#endif

using AppendSetsFunction = decltype(&AppendSets);

AppendSetsFunction BestAppendSets() {
#if HWY_TARGET == HWY_AVX3
  if (HasAvx512Vbmi2()) return AppendSetsVbmi2;
#endif
  return AppendSets;
}

// One row of outputs of a strip, for one panel of output channels.
struct StripRow {
  const uint64_t* lists;
  const uint32_t* begin;  // [tile][kCpsPatterns + 1]: where the row's window begins in the list of each pattern ...
  const uint32_t* end;    // ... and ends
  int tiles;
  uintptr_t input;        // origin of the entries' input offsets
  ptrdiff_t input_step;   // bytes between neighbouring positions of a set
  uintptr_t weights;      // origin of the entries' weight offsets, for this window
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
    const uintptr_t input0 = row.input;
    const uintptr_t input1 = input0 + row.input_step;
    const uintptr_t input2 = input1 + row.input_step;
    const uintptr_t input3 = input2 + row.input_step;
    Unroll<kCpsPatterns>([&](auto i) __attribute__((always_inline)) {
      constexpr int v = i + 1;
      const uint64_t* e = row.lists + begin[v];
      const uint64_t* const stop = row.lists + end[v];
      for (; e != stop; ++e) {
        const uintptr_t entry_input = uint32_t(*e);
        const float* w = reinterpret_cast<const float*>(row.weights + (*e >> 32));
        V x[kP];
        if constexpr (v & 1) x[0] = hn::Set(d, *reinterpret_cast<const float*>(input0 + entry_input));
        if constexpr (v & 2) x[1] = hn::Set(d, *reinterpret_cast<const float*>(input1 + entry_input));
        if constexpr (v & 4) x[2] = hn::Set(d, *reinterpret_cast<const float*>(input2 + entry_input));
        if constexpr (v & 8) x[3] = hn::Set(d, *reinterpret_cast<const float*>(input3 + entry_input));
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
    lists_ = reinterpret_cast<uint64_t*>(scratch);
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
  // Byte offset, from the map's first element, of (padded row 0 of the band, first position of the strip).
  ptrdiff_t Origin(int image, int y0, int phase, int tile0) const {
    const int y = y0 * spec_.s_h - spec_.pad_t;
    const int x = phase + tile0 * kP * geometry_.column_step - spec_.pad_l;
    return ((ptrdiff_t(image) * args_.in.h + y) * args_.in.w + x) * args_.in.stride * ptrdiff_t(sizeof(float));
  }

  void Encode(int image, int group, int chunk, int y0, int outputs, int phase, int tile0, int tiles) {
    const MapView& in = args_.in;
    const int channels = layer_.chunks.Size(chunk);
    const int words = (channels + kCpsWord - 1) / kCpsWord;
    const int first_channel = group * spec_.GroupIn() + chunk * layer_.chunks.size;
    const int rows = (outputs - 1) * geometry_.window_step + spec_.k_h;
    const uint32_t entry_bytes = uint32_t(layer_.EntryFloats() * sizeof(float));
    const uint64_t step = uint64_t(entry_bytes) << 32 | sizeof(float);
    const uint32_t tile_bytes = uint32_t(kP * geometry_.column_step * in.stride * sizeof(float));
    const int positions_per_row = tiles * (kCpsPatterns + 1);
    const auto row_of = [&](int row) { return y0 * spec_.s_h + row * geometry_.row_step - spec_.pad_t; };
    const auto tap_columns = [&](int tap) { return geometry_.replay ? 0 : tap * spec_.d_w; };

    // The masks of all rows, and the sets of each tile and pattern.
    std::memset(positions_, 0, size_t(positions_per_row) * sizeof(uint32_t));
    uint64_t* masks = masks_;  // [row of the map][tap][tile][word][position]
    for (int row = 0; row < rows; ++row) {
      const int y = row_of(row);
      if (y < 0 || y >= in.h) continue;
      for (int tap = 0; tap < geometry_.taps; ++tap) {
        const int x0 = phase + tile0 * kP * geometry_.column_step + tap_columns(tap) - spec_.pad_l;
        for (int tile = 0; tile < tiles; ++tile, masks += words * kP) {
          for (int p = 0; p < kP; ++p) {
            const int x = x0 + (tile * kP + p) * geometry_.column_step;
            const bool inside = x >= 0 && x < in.w;
            const float* values = in.Pixel(image, y, inside ? x : 0) + first_channel;
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
        start += sets + kCpsSlack;
      }
    }

    masks = masks_;
    for (int row = 0; row < rows; ++row) {
      uint32_t* positions = positions_ + size_t(row + 1) * positions_per_row;
      std::memcpy(positions, positions - positions_per_row, size_t(positions_per_row) * sizeof(uint32_t));
      const int y = row_of(row);
      if (y < 0 || y >= in.h) continue;
      for (int tap = 0; tap < geometry_.taps; ++tap) {
        const ptrdiff_t tap_input = ((ptrdiff_t(row) * geometry_.row_step * in.w + tap_columns(tap)) * in.stride +
                                     first_channel) * ptrdiff_t(sizeof(float));
        const uint64_t tap_weights = (uint64_t(row) * geometry_.taps + tap) * channels * entry_bytes;
        for (int tile = 0; tile < tiles; ++tile) {
          for (int word = 0; word < words; ++word, masks += kP) {
            if ((masks[0] | masks[1] | masks[2] | masks[3]) == 0) continue;
            const uint64_t input = uint64_t(tap_input) + uint64_t(tile) * tile_bytes + word * kCpsWord * sizeof(float);
            const uint64_t weights = tap_weights + uint64_t(word) * kCpsWord * entry_bytes;
            append_sets_(masks, weights << 32 | input, step, lists_, positions + tile * (kCpsPatterns + 1));
          }
        }
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
    row.input = reinterpret_cast<uintptr_t>(args_.in.data) + Origin(image, y0, phase, tile0);
    row.input_step = geometry_.column_step * args_.in.stride * ptrdiff_t(sizeof(float));
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
  uint64_t* lists_;       // [tile][pattern][entry], each list followed by slack
  uint32_t* positions_;   // [row][tile][pattern]
  uint64_t* masks_;       // [row][tap][tile][word][position]
  StripRowFunction run_[7] = {};
  const AppendSetsFunction append_sets_ = BestAppendSets();
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
