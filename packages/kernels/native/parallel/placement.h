// On which core a thread wakes up.
#ifndef ZEROSKIP_PARALLEL_PLACEMENT_H_
#define ZEROSKIP_PARALLEL_PLACEMENT_H_

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace zeroskip {

// Linux often puts a woken thread on the core of its waker, since the core that the waker was woken from is not idle
// yet; there it waits for its turn, for milliseconds, while the other core idles.
class Placement {
 public:
#if defined(__linux__)
  // Of the calling thread.
  Placement() : thread_(pid_t(syscall(SYS_gettid))) {}

  // Has the thread, which sleeps, wake up on any of its cores but the caller's, where it may use more than that one.
  void AvoidCaller() {
    const int core = sched_getcpu();
    if (is_apart_ || core < 0 || sched_getaffinity(thread_, sizeof cores_, &cores_) != 0) return;
    cpu_set_t others = cores_;
    CPU_CLR(size_t(core), &others);
    if (CPU_COUNT(&others) == 0 || CPU_EQUAL(&others, &cores_)) return;
    is_apart_ = sched_setaffinity(thread_, sizeof others, &others) == 0;
  }

  // By the thread itself, which runs: it may use all its cores again.
  void Return() {
    if (is_apart_) sched_setaffinity(0, sizeof cores_, &cores_);
    is_apart_ = false;
  }

 private:
  const pid_t thread_;
  cpu_set_t cores_;
  bool is_apart_ = false;
#else
  void AvoidCaller() {}
  void Return() {}
#endif
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_PLACEMENT_H_
