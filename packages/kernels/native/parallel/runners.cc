#include "parallel/runners.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "parallel/thread_pool.h"

namespace zeroskip {
namespace {

struct Task {
  const void* owner;
  std::function<void()> work;
};

class Runners {
 public:
  Runners() { idle_.reserve(most_); }

  void Start(Task task) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (Runner* const runner = TakeIdle(task.owner)) {
      runner->task = std::move(task);
      runner->wake.notify_one();
      return;
    }
    waiting_.push_back(std::move(task));
    if (threads_ >= most_) return;
    try {
      std::thread([this] { Loop(); }).detach();
      ++threads_;
    } catch (...) {  // for want of memory or of a thread
      // Those that there are will come to it.
      if (threads_ > 0) return;
      waiting_.pop_back();
      throw;
    }
  }

 private:
  // On the stack of its thread.
  struct Runner {
    std::condition_variable wake;
    Task task = {nullptr, nullptr};
  };

  // The one that was the owner's, else the last that was at work.
  Runner* TakeIdle(const void* owner) {
    if (idle_.empty()) return nullptr;
    auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](Runner* r) { return r->task.owner == owner; });
    if (found == idle_.rend()) found = idle_.rbegin();
    Runner* const runner = *found;
    idle_.erase(std::next(found).base());
    return runner;
  }

  [[noreturn]] void Loop() {
    Runner self;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      if (waiting_.empty()) {
        idle_.push_back(&self);
        self.wake.wait(lock, [&] { return self.task.work != nullptr; });
      } else {
        self.task = std::move(waiting_.front());
        waiting_.pop_front();
      }
      lock.unlock();
      self.task.work();
      self.task.work = nullptr;
      lock.lock();
    }
  }

  // As many as Node's own thread pool has, or one for each core.
  const size_t most_ = std::max(4u, std::thread::hardware_concurrency());
  std::mutex mutex_;
  std::vector<Runner*> idle_;  // the last at the end
  std::deque<Task> waiting_;
  size_t threads_ = 0;
};

}  // namespace

void RunElsewhere(const void* owner, std::function<void()> work) {
  if (!kHasThreads) return work();
  // Never destroyed: its threads may outlive static destructors at process exit.
  static Runners* runners = new Runners;
  runners->Start({owner, std::move(work)});
}

}  // namespace zeroskip
