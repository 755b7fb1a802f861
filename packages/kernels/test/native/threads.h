// The part of concurrency.cc that is about threads alone, not about what they compute.
#ifndef ZEROSKIP_TEST_NATIVE_THREADS_H_
#define ZEROSKIP_TEST_NATIVE_THREADS_H_

#include <atomic>
#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "parallel/runners.h"
#include "parallel/thread_pool.h"

namespace zeroskip {

// Allocations of this thread up to one that fails; 0: none does.
inline thread_local int until_refused = 0;

constexpr int kCallers = 4;

inline void Check(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "concurrency: %s\n", what.c_str());
  std::exit(1);
}

// Calls body(caller) on kCallers threads at the same time.
template <class F>
void AtTheSameTime(const F& body) {
  std::vector<std::thread> threads;
  for (int caller = 0; caller < kCallers; ++caller) threads.emplace_back([&body, caller] { body(caller); });
  for (std::thread& thread : threads) thread.join();
}

// With nobody else there, all parts are in progress together: each waits for the others.
inline void PartsRunTogether() {
  for (int round = 0; round < 200; ++round) {
    std::barrier<> all(kCallers);
    std::vector<int> calls(kCallers);
    RunWorkers(kCallers, [&](int worker) {
      all.arrive_and_wait();
      ++calls[worker];
    });
    for (int count : calls) Check(count == 1, "a part did not run once");
  }
}

inline void PartsRunOnceEach() {
  AtTheSameTime([](int caller) {
    for (int round = 0; round < 50; ++round) {
      const int workers = 1 + (caller + round) % 6;
      std::vector<int> calls(workers);
      RunWorkers(workers, [&](int worker) { ++calls[worker]; });
      for (int count : calls) Check(count == 1, "a part did not run once");
      std::vector<int> tasks(17);
      ParallelFor(int(tasks.size()), workers, [&](int task, int) { ++tasks[task]; });
      for (int count : tasks) Check(count == 1, "a task did not run once");
    }
  });
}

// More work than there are threads, from several owners, which starts further work.
inline void WorkElsewhereRunsOnceEach() {
  constexpr int kWorks = 50;
  AtTheSameTime([](int) {
    const auto ended = std::make_shared<std::latch>(2 * kWorks);
    std::vector<std::atomic<int>> calls(2 * kWorks);
    for (int work = 0; work < kWorks; ++work) {
      RunElsewhere(work % 2 ? &calls : nullptr, [&calls, ended, work] {
        RunElsewhere(&calls, [&calls, ended, work] {
          ++calls[kWorks + work];
          ended->count_down();
        });
        ++calls[work];
        ended->count_down();
      });
    }
    ended->wait();
    for (const std::atomic<int>& count : calls) Check(count == 1, "work elsewhere did not run once");
  });
}

// Each allocation fails once, before there is a thread, and while all that there are have work: work that is refused
// never runs, and what is taken runs once.
inline void WorkElsewhereWithoutMemory() {
  int taken = 0, refused = 0, without = 0;
  std::atomic<int> ran{0};
  std::latch end(1);
  for (int threads = 0; threads < 2; ++threads) {
    for (int n = 1, left = 0; left == 0; ++n) {
      until_refused = n;
      try {
        RunElsewhere(nullptr, [&ran, &end] {
          end.wait();
          ++ran;
        });
        ++taken;
        left = until_refused;
        if (left == 0) ++without;
      } catch (const std::bad_alloc&) {
        ++refused;
      }
      until_refused = 0;
    }
  }
  Check(refused > 0 && without > 0, "no allocation failed");
  end.count_down();
  std::latch behind(1);  // all that was taken
  while (ran < taken) std::this_thread::yield();
  RunElsewhere(nullptr, [&behind] { behind.count_down(); });
  behind.wait();
  Check(ran == taken, "work that was refused ran");
}

}  // namespace zeroskip

#endif  // ZEROSKIP_TEST_NATIVE_THREADS_H_
