// A range cut into parts that differ by one at most: with a static partition, unequal parts are idle workers.
#ifndef ZEROSKIP_PARALLEL_PARTS_H_
#define ZEROSKIP_PARALLEL_PARTS_H_

#include <algorithm>
#include <cstdint>

namespace zeroskip {

struct Parts {
  int extent, count;

  // Parts of at most `most`. Where there are few, counting that each occurs `times` times, as many more as it takes to
  // give every worker the same number.
  Parts(int extent_, int most, int64_t times, int workers) : extent(extent_), count((extent + most - 1) / most) {
    constexpr int kMany = 8;
    if (count * times < kMany * workers && count * times % workers != 0) {
      count = std::min(extent, (count + workers - 1) / workers * workers);
    }
  }
  int First(int part) const { return int(int64_t(extent) * part / count); }
  int Size(int part) const { return First(part + 1) - First(part); }
  int Largest() const { return (extent + count - 1) / count; }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_PARTS_H_
