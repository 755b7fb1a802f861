// Threads of the addon's own. The caller works too; idle threads sleep. Nothing is allocated per call.
#ifndef ZEROSKIP_PARALLEL_THREAD_POOL_H_
#define ZEROSKIP_PARALLEL_THREAD_POOL_H_

namespace zeroskip {

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

// Calls `body(worker)` for every worker in [0, workers), on up to that many threads at the same time, and
// returns when all calls have returned. Each worker number is used once, so that it can own scratch memory.
// Concurrent callers share the pool; a caller whose helpers are busy does their share itself.
void RunWorkers(int workers, WorkerBody body);

// Calls `body(task, worker)` for every task in [0, tasks). Task i belongs to worker i mod workers: a static
// partition, interleaved because the density of a map varies slowly over it.
template <class Body>
void ParallelFor(int tasks, int workers, const Body& body) {
  if (workers > tasks) workers = tasks;
  if (workers <= 1) {
    for (int task = 0; task < tasks; ++task) body(task, 0);
    return;
  }
  const auto work = [&](int worker) {
    for (int task = worker; task < tasks; task += workers) body(task, worker);
  };
  RunWorkers(workers, work);
}

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_THREAD_POOL_H_
