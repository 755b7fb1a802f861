#include "parallel/thread_pool.h"
#include "simd/masks-inl.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {

size_t CountNonZeros(const MapView& map, int row_step, int threads) {
  size_t counts[kMaxWorkers] = {};
  const int workers = HWY_MIN(threads, kMaxWorkers);
  const int rows = (map.h + row_step - 1) / row_step;
  ParallelFor(map.n * rows, workers, [&](int task, int worker) {
    size_t count = 0;
    for (int x = 0; x < map.w; ++x) {
      const float* from = map.Pixel(task / rows, task % rows * row_step, x);
      for (int c = 0; c < map.c; c += 64) count += hwy::PopCount(NonZeroBits(from + c, HWY_MIN(64, map.c - c)));
    }
    counts[worker] += count;
  });
  size_t total = 0;
  for (size_t count : counts) total += count;
  return total;
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
