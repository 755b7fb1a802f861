// The products of lists with weights: one loop per pattern.
#ifndef ZEROSKIP_ALGORITHMS_CPS_CPS_MULTIPLY_INL_H_
#define ZEROSKIP_ALGORITHMS_CPS_CPS_MULTIPLY_INL_H_

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "algorithms/cps/cps-strip-inl.h"
#include "conv/finish-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

template <int kKernel>
constexpr int kAccumulators = kP + kKernel - 1;

// Beside the accumulators: one vector of weights, kP broadcasts, and a spare.
template <int kKernel>
constexpr int kMaxVectors = std::clamp((kRegisters - (kRegisters == 32 ? 6 : 3)) / kAccumulators<kKernel>, 1, 6);

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
      if (set == stop) return;
      do {  // tested behind each turn, as in GemmSums
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
        set += kWords;
      } while (set != stop);
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

}  // namespace
}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_CPS_CPS_MULTIPLY_INL_H_
