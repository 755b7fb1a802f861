#include <algorithm>
#include <cstring>

#include "conv/panels.h"
#include "parallel/parts.h"
#include "parallel/thread_pool.h"
#include "simd/gemm-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Rows of C that one task computes, at most: below that they share the packing of a panel.
constexpr int kBlockRows = 96;
static_assert(size_t(kMatMulBlockDepth) * kMaxPanel * kLanes <= kMatMulScratchFloats, "a packed panel fits");

constexpr float kZeros[kMaxPanel * kLanes] = {};

// Packs rows [k0, k0 + depth) of columns [first, first + valid) of B, `floats` apart, the rest zeros.
void PackColumns(const MatMulStep& s, const float* b, int k0, int depth, int first, int valid, int floats, float* to) {
  for (int k = 0; k < depth; ++k, to += floats) {
    if (s.transposed) {
      for (int n = 0; n < valid; ++n) to[n] = b[(ptrdiff_t(first) + n) * s.b.stride + k0 + k];
    } else {
      std::memcpy(to, b + (ptrdiff_t(k0) + k) * s.b.stride + first, size_t(valid) * sizeof(float));
    }
    std::fill(to + valid, to + floats, 0.0f);
  }
}

}  // namespace

void RunMatMul(const MatMulStep& s, float* scratch, int threads) {
  const int depth = s.a.c;
  const Panels panels(s.out.c, kLanes, kMaxPanel);
  const int64_t products = int64_t(s.out.n) * s.out.w * s.out.c * depth;
  const int workers = WorkersFor(products, kLeastProducts, threads);
  const Parts blocks(s.out.w, kBlockRows, int64_t(s.out.n) * panels.count, workers);
  ParallelFor(s.out.n * panels.count * blocks.count, workers, [&](int task, int worker) {
    float* const packed = scratch + size_t(worker) * kMatMulScratchFloats;
    const int block = task % blocks.count;
    const int panel = task / blocks.count % panels.count;
    const int image = task / blocks.count / panels.count;
    const int row = blocks.First(block);
    const int column = panels.First(panel);
    const float* a = s.a.Pixel(s.a.n == 1 ? 0 : image, 0, row);
    const float* b = s.b.Pixel(s.b.n == 1 ? 0 : image, 0, 0);
    float* c = s.out.Pixel(image, 0, row) + column;
    for (int k0 = 0; k0 < depth; k0 += kMatMulBlockDepth) {
      const int taken = HWY_MIN(kMatMulBlockDepth, depth - k0);
      PackColumns(s, b, k0, taken, column, panels.Valid(panel), panels.Floats(), packed);
      const GemmEdge edge = {k0 == 0 ? kZeros : nullptr, false, {}, panels.Valid(panel)};
      const GemmRows rows = {a + k0, c, nullptr, 1, blocks.Size(block), s.a.stride, 0, s.out.stride, 0, 0, 0};
      GemmPanel(panels.Vectors(panel), panels.vectors, rows, {1, 1, taken, 0, 0}, packed, edge);
    }
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
