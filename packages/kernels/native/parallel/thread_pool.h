// Threads of the addon's own. The caller works too; idle threads sleep. Nothing is allocated per call.
#ifndef ZEROSKIP_PARALLEL_THREAD_POOL_H_
#define ZEROSKIP_PARALLEL_THREAD_POOL_H_

#include <algorithm>
#include <cstdint>

namespace zeroskip {

// WebAssembly with memory of its own has one thread: it does what others would do, one after the other.
#if defined(__wasm__) && !defined(__wasm_atomics__)
constexpr bool kHasThreads = false;
#else
constexpr bool kHasThreads = true;
#endif

// No more threads than this take part in one call.
constexpr int kMaxRunWorkers = 1024;

// Any callable, which somebody else keeps.
class WorkerBody {
 public:
  template <class F>
  WorkerBody(const F& f)
      : object_(&f), call_([](const void* object, int worker) { (*static_cast<const F*>(object))(worker); }) {}
  void operator()(int worker) const { call_(object_, worker); }

 private:
  const void* object_;
  void (*call_)(const void*, int);
};

// Calls `body(worker)` for every worker in [0, workers), at most kMaxRunWorkers of them, on up to that many threads at
// the same time, and returns when all calls have returned. Each worker number is used once, so that it can own scratch
// memory. Concurrent callers share the pool; a caller whose helpers are busy does their share itself.
void RunWorkers(int workers, WorkerBody body);

// Threads that `work` is worth: a share of less than `least` takes less time than waking the thread for it.
inline int WorkersFor(int64_t work, int64_t least, int threads) {
  return int(std::min<int64_t>(threads, 1 + work / least));
}
constexpr int64_t kLeastProducts = 1 << 16;  // multiplications for a thread

// Calls `body(task, worker)` for every task in [0, tasks). Neighbouring tasks belong to one worker: what they read of
// the step before is mostly in its caches.
template <class Body>
void ParallelFor(int64_t tasks, int workers, const Body& body) {
  workers = int(std::min<int64_t>({workers, tasks, kMaxRunWorkers}));
  if (workers <= 1) {
    for (int64_t task = 0; task < tasks; ++task) body(task, 0);
    return;
  }
  const auto work = [&](int worker) {
    const int64_t end = tasks * (worker + 1) / workers;
    for (int64_t task = tasks * worker / workers; task < end; ++task) body(task, worker);
  };
  RunWorkers(workers, work);
}

// The same for tasks whose work depends on the density of a map, which varies slowly over it: task i belongs to worker
// i mod workers.
template <class Body>
void ParallelForInTurn(int tasks, int workers, const Body& body) {
  workers = std::min({workers, tasks, kMaxRunWorkers});
  ParallelFor(workers, workers, [&](int first, int worker) {
    for (int task = first; task < tasks; task += workers) body(task, worker);
  });
}

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_THREAD_POOL_H_
