#ifndef ZEROSKIP_PARALLEL_TIMER_H_
#define ZEROSKIP_PARALLEL_TIMER_H_

#include <chrono>

namespace zeroskip {

class Timer {
 public:
  // One that is not on reads no clock, which takes as long as a small matrix product, and says 0.
  explicit Timer(bool on = true) : on_(on), start_(Now()) {}

  double Seconds() const { return std::chrono::duration<double>(Now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point Now() const { return on_ ? Clock::now() : Clock::time_point(); }

  bool on_;
  Clock::time_point start_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_TIMER_H_
