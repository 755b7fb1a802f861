#include "parallel/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace zeroskip {
namespace {

struct Job {
  const std::function<void(int)>* body;
  int workers;
  std::atomic<int> next{0};
  std::atomic<int> done{0};
  std::mutex mutex;
  std::condition_variable finished;

  // Runs parts until none is left to claim.
  void Work() {
    for (;;) {
      const int part = next.fetch_add(1, std::memory_order_relaxed);
      if (part >= workers) return;
      (*body)(part);
      if (done.fetch_add(1, std::memory_order_acq_rel) + 1 == workers) {
        std::lock_guard<std::mutex> lock(mutex);
        finished.notify_all();
      }
    }
  }
};

class Pool {
 public:
  void Run(int workers, const std::function<void(int)>& body) {
    auto job = std::make_shared<Job>();
    job->body = &body;
    job->workers = workers;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (threads_ < workers - 1) {
        std::thread([this] { Loop(); }).detach();
        ++threads_;
      }
      for (int i = 1; i < workers; ++i) queue_.push_back(job);
    }
    wake_.notify_all();
    job->Work();
    std::unique_lock<std::mutex> lock(job->mutex);
    job->finished.wait(lock, [&] { return job->done.load(std::memory_order_acquire) == workers; });
  }

 private:
  [[noreturn]] void Loop() {
    for (;;) {
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return !queue_.empty(); });
        job = std::move(queue_.front());
        queue_.pop_front();
      }
      job->Work();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> queue_;
  int threads_ = 0;
};

}  // namespace

void RunWorkers(int workers, const std::function<void(int)>& body) {
  // Never destroyed: its threads may outlive static destructors at process exit.
  static Pool* pool = new Pool;
  pool->Run(workers, body);
}

}  // namespace zeroskip
