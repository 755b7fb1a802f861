// Threads of the addon's own. Idle threads sleep; the caller works too.
#ifndef ZEROSKIP_PARALLEL_THREAD_POOL_H_
#define ZEROSKIP_PARALLEL_THREAD_POOL_H_

#include <functional>

namespace zeroskip {

// Calls `body(worker)` for every worker in [0, workers), on up to that many threads at the same time, and
// returns when all calls have returned. Each worker number is used once, so that it can own scratch memory.
// Concurrent callers share the pool; a caller whose helpers are busy does their share itself.
void RunWorkers(int workers, const std::function<void(int)>& body);

// Calls `body(task, worker)` for every task in [0, tasks). Task i belongs to worker i mod workers: a static
// partition, interleaved because the density of a map varies slowly over it.
inline void ParallelFor(int tasks, int workers, const std::function<void(int, int)>& body) {
  if (workers > tasks) workers = tasks;
  if (workers <= 1) {
    for (int task = 0; task < tasks; ++task) body(task, 0);
    return;
  }
  RunWorkers(workers, [&](int worker) {
    for (int task = worker; task < tasks; task += workers) body(task, worker);
  });
}

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_THREAD_POOL_H_
