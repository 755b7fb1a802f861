// A tile by definition, for inputs whose transform is not finite.
#ifndef ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_EXACT_INL_H_
#define ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_EXACT_INL_H_

#include "algorithms/winograd/winograd-transform-inl.h"

namespace zeroskip {
namespace ZS_TARGET {

// A vector of kernels, back from its transform, whose values are `step` floats apart: their errors are within those
// that products of the transform have.
template <int M>
HWY_INLINE void RestoreKernels(const float* from, ptrdiff_t step, V (&kernels)[kWinogradKernel][kWinogradKernel]) {
  constexpr int N = M + kWinogradKernel - 1;
  const D d;
  const auto restore = [&](const auto& value, auto&& store) __attribute__((always_inline)) {
    store(0, hn::Mul(hn::Set(d, WinogradAxis<M>::kFirst), value(0)));
    store(1, hn::Mul(hn::Set(d, WinogradAxis<M>::kSecond), hn::Sub(value(1), value(2))));
    store(2, value(N - 1));
  };
  V rows[kWinogradKernel][N];
  for (const int x : {0, 1, 2, N - 1}) {
    restore([&](int y) { return hn::LoadU(d, from + (y * N + x) * step); }, [&](int y, V v) { rows[y][x] = v; });
  }
  for (int y = 0; y < kWinogradKernel; ++y) {
    restore([&](int x) { return rows[y][x]; }, [&](int x, V v) { kernels[y][x] = v; });
  }
}

// The sums of a tile for a vector of outputs. `weights` are those of the first point and input channel; the next
// channel's are `channel_step` floats further, and the next point's `point_step`.
template <int M>
void SumByDefinition(const WinogradPatch& patch, int channels, const float* weights, ptrdiff_t channel_step,
                     ptrdiff_t point_step, V (&out)[M][M]) {
  for (auto& row : out) {
    for (V& sum : row) sum = hn::Zero(D());
  }
  for (int c = 0; c < channels; ++c, weights += channel_step) {
    V kernels[kWinogradKernel][kWinogradKernel];
    RestoreKernels<M>(weights, point_step, kernels);
    for (int y = 0; y < M; ++y) {
      for (int x = 0; x < M; ++x) {
        for (int ky = 0; ky < kWinogradKernel; ++ky) {
          for (int kx = 0; kx < kWinogradKernel; ++kx) {
            if (!patch.Contains(y + ky, x + kx)) continue;
            const V input = hn::Set(D(), patch.At(y + ky, x + kx)[c]);
            out[y][x] = hn::MulAdd(input, kernels[ky][kx], out[y][x]);
          }
        }
      }
    }
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip

#endif  // ZEROSKIP_ALGORITHMS_WINOGRAD_WINOGRAD_EXACT_INL_H_
