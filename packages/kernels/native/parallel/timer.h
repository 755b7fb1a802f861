#ifndef ZEROSKIP_PARALLEL_TIMER_H_
#define ZEROSKIP_PARALLEL_TIMER_H_

#include <chrono>

namespace zeroskip {

class Timer {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_TIMER_H_
