// What this machine can do at most: the rates that a kernel's own is compared with.
#ifndef ZEROSKIP_ROOFLINE_METER_H_
#define ZEROSKIP_ROOFLINE_METER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "program/buffer.h"

namespace zeroskip {

enum class MeterKind {
  kFma,    // multiply-adds in registers; the work is counted in operations, two for each
  kRead,   // every float of one array, summed; the work is counted in bytes
  kTriad,  // a = b + s * c over three arrays; in bytes, 12 for each element, as STREAM counts
};

// One kind of work on each of `threads` threads, with arrays of their own.
class Meter {
 public:
  // `bytes`: of all arrays of one thread together, rounded down to whole blocks; at least one block each.
  Meter(MeterKind kind, size_t bytes, int threads, int target);

  // Operations or bytes of one loop, all threads together.
  int64_t WorkPerLoop() const { return work_per_thread_ * threads_; }
  // Does the work `loops` times on every thread; returns the seconds that all of them took.
  double Run(int64_t loops) const;

 private:
  MeterKind kind_;
  int threads_, target_;
  size_t floats_ = 0;  // of one array
  int64_t work_per_thread_ = 0;
  std::vector<std::unique_ptr<Buffer>> buffers_;  // one for each thread, with all its arrays
};

}  // namespace zeroskip

#endif  // ZEROSKIP_ROOFLINE_METER_H_
