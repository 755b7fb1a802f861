#include "roofline/meter.h"

#include <algorithm>
#include <atomic>

#include "parallel/thread_pool.h"
#include "parallel/timer.h"
#include "roofline/roofline.h"

namespace zeroskip {
namespace {

size_t Arrays(MeterKind kind) { return kind == MeterKind::kFma ? 0 : kind == MeterKind::kRead ? 1 : 3; }

// Arrays that start a multiple of 4 KiB apart would meet in the same sets of the cache.
constexpr size_t kSkew = 144;

// Where results go, so that they are of use.
std::atomic<float> result;

}  // namespace

Meter::Meter(MeterKind kind, size_t bytes, int threads, int target)
    : kind_(kind), threads_(threads), target_(target) {
  const size_t arrays = Arrays(kind);
  if (arrays == 0) {
    work_per_thread_ = FmaChainsWorkFor(target)();
    return;
  }
  floats_ = std::max(kStreamBlock, bytes / sizeof(float) / arrays / kStreamBlock * kStreamBlock);
  work_per_thread_ = int64_t(arrays * floats_ * sizeof(float));
  for (int i = 0; i < threads; ++i) buffers_.push_back(std::make_unique<Buffer>(arrays * (floats_ + kSkew)));
  // Each thread touches its arrays first: the system puts their pages near it.
  RunWorkers(threads, [&](int worker) {
    const Buffer& buffer = *buffers_[size_t(worker)];
    std::fill(buffer.Data(), buffer.Data() + buffer.Floats(), 1.0f);
  });
}

double Meter::Run(int64_t loops) const {
  const Timer timer;
  RunWorkers(threads_, [&](int worker) {
    if (kind_ == MeterKind::kFma) {
      result = RunFmaChainsFor(target_)(loops);
      return;
    }
    float* a = buffers_[size_t(worker)]->Data();
    const size_t step = floats_ + kSkew;
    result = kind_ == MeterKind::kRead ? StreamReadFor(target_)(a, floats_, loops)
                                       : StreamTriadFor(target_)(a, a + step, a + 2 * step, floats_, loops);
  });
  return timer.Seconds();
}

}  // namespace zeroskip
