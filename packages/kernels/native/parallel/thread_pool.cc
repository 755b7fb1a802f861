#include "parallel/thread_pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "parallel/placement.h"

namespace zeroskip {
namespace {

// How long a thread looks for what comes next before it sleeps. The steps of a network follow one another within
// microseconds, waking a thread takes tens of them, and a woken thread may first share the core of its waker.
constexpr std::chrono::microseconds kPatience{100};
// Where another program computes on its core, a thread that lets it go ahead gets the core back after milliseconds. So
// it keeps the core while it looks, for that long,
constexpr std::chrono::microseconds kSelfish{60};
// and lets go of it, with nothing to do that others wait for, before the system would take it away, in the middle of
// its part and for as long.
constexpr std::chrono::microseconds kTurn{1500};

// Between two looks at the clock, which WebAssembly has to ask JavaScript for.
#if defined(__wasm__)
constexpr int kLooks = 1000;
#else
constexpr int kLooks = 1;
#endif

template <class Condition>
void Await(const Condition& condition) {
  const auto begin = std::chrono::steady_clock::now();
  auto now = begin;
  do {
    for (int i = 0; i < kLooks; ++i) {
      if (condition()) return;
    }
    if (now - begin >= kSelfish) std::this_thread::yield();
    now = std::chrono::steady_clock::now();
  } while (now - begin < kPatience);
}

// On its caller's stack.
struct Job {
  Job(WorkerBody body_, int workers_) : body(body_), workers(workers_), wanted(workers_ - 1) {}

  const WorkerBody body;
  const int workers;
  std::atomic<uint64_t> claimed[kMaxRunWorkers / 64] = {};  // parts, one bit each
  // Written with the pool's mutex held:
  int wanted;                  // helpers that it still has use for
  std::atomic<int> inside{0};  // helpers at work
  Job* following = nullptr;
  std::condition_variable left;

  // Runs parts until none is left to claim. A thread begins with the part of its own number: what that part reads of
  // the step before is in its core's caches.
  void Work(int thread) {
    for (int i = 0; i < workers; ++i) {
      const int part = (thread + i) % workers;
      std::atomic<uint64_t>& word = claimed[part / 64];
      const uint64_t bit = uint64_t(1) << part % 64;
      if ((word.load(std::memory_order_relaxed) & bit) != 0) continue;
      if ((word.fetch_or(bit, std::memory_order_relaxed) & bit) == 0) body(part);
    }
  }
};

class Pool {
 public:
  void Run(int workers, WorkerBody body) {
    Job job(body, workers);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      asleep_.reserve(size_t(workers - 1));
      while (threads_ < workers - 1) {
        std::thread([this, thread = threads_ + 1] { Loop(thread); }).detach();
        ++threads_;
      }
      for (Placement* sleeper : asleep_) sleeper->AvoidCaller();
      Job** end = &first_;
      while (*end) end = &(*end)->following;
      *end = &job;
      wanted_ += job.wanted;
    }
    wake_.notify_all();
    job.Work(0);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      Job** link = &first_;
      while (*link != &job) link = &(*link)->following;
      *link = job.following;
      wanted_ -= job.wanted;
    }
    // All parts are claimed; those of helpers may be going on.
    Await([&] { return job.inside == 0; });
    std::unique_lock<std::mutex> lock(mutex_);
    job.left.wait(lock, [&] { return job.inside == 0; });
  }

 private:
  Job* Waiting() const {
    Job* job = first_;
    while (job && job->wanted == 0) job = job->following;
    return job;
  }

  [[noreturn]] void Loop(int thread) {
    Placement self;
    auto since = std::chrono::steady_clock::now();
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      Job* job = Waiting();
      if (!job) {
        asleep_.push_back(&self);
        wake_.wait(lock, [&] { return (job = Waiting()) != nullptr; });
        std::erase(asleep_, &self);
        self.Return();
        since = std::chrono::steady_clock::now();
      }
      --job->wanted;
      --wanted_;
      ++job->inside;
      lock.unlock();
      job->Work(thread);
      lock.lock();
      if (--job->inside == 0) job->left.notify_all();
      lock.unlock();
      const auto now = std::chrono::steady_clock::now();
      if (now - since > kTurn) {
        std::this_thread::yield();
        since = std::chrono::steady_clock::now();
      }
      Await([&] { return wanted_ > 0; });
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  Job* first_ = nullptr;
  std::atomic<int> wanted_{0};  // by all jobs; written with the mutex held
  int threads_ = 0;
  std::vector<Placement*> asleep_;  // room for all threads
};

}  // namespace

void RunWorkers(int workers, WorkerBody body) {
  if (!kHasThreads) {
    for (int worker = 0; worker < workers; ++worker) body(worker);
    return;
  }
  // Never destroyed: its threads may outlive static destructors at process exit.
  static Pool* pool = new Pool;
  pool->Run(workers, body);
}

}  // namespace zeroskip
