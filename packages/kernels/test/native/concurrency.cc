// What goes on at the same time in a process with several sessions, for ThreadSanitizer: Node itself cannot be
// instrumented. Every result is compared with that of one thread; and a convolution must allocate nothing.
#include <atomic>
#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "parallel/runners.h"
#include "parallel/thread_pool.h"
#include "program/program.h"

namespace {

std::atomic<size_t> allocations{0};
thread_local int until_refused = 0;  // allocations of this thread up to one that fails; 0: none does

}  // namespace

[[gnu::noinline]] void* operator new(size_t bytes) {
  ++allocations;
  if (until_refused > 0 && --until_refused == 0) throw std::bad_alloc();
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace zeroskip {
namespace {

constexpr int kCallers = 4;
constexpr int kRounds = 8;
constexpr int kSize = 13;  // rows and columns of a map
constexpr int kChannels = 20;

void Check(bool condition, const std::string& what) {
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

// About half of them zeros.
std::vector<float> Values(size_t count, uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = seed >> 31 ? 0.0f : float(int32_t(seed << 1)) * 0x1p-31f;
  }
  return values;
}

constexpr ConvSpec kSpec = {kChannels, kChannels, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
constexpr size_t kMapFloats = size_t(kSize) * kSize * kChannels;

View MapAt(size_t offset) {
  return {false, offset, 1, kSize, kSize, kChannels, kChannels, kSize * kChannels, kMapFloats, {}};
}

std::shared_ptr<Convolution> MakeConvolution(const Algorithm& algorithm) {
  const std::vector<float> weights = Values(size_t(kChannels) * kChannels * 9, 7);
  const std::vector<float> bias = Values(kChannels, 8);
  std::vector<int> parameters;
  for (const Parameter& parameter : algorithm.parameters) parameters.push_back(parameter.default_value);
  return std::make_shared<Convolution>(algorithm, ConvConfig{kSpec, SelectedTarget(), parameters}, weights.data(),
                                       bias.data(), UnarySpec{Unary::kRelu});
}

// Two convolutions with an addition, a pooling and a sigmoid after them; its input is the arena's first map.
std::shared_ptr<Program> MakeProgram(const Algorithm& algorithm) {
  const std::shared_ptr<Convolution> convolution = MakeConvolution(algorithm);
  const View in = MapAt(0), a = MapAt(kMapFloats), b = MapAt(kMapFloats * 2), out = MapAt(kMapFloats * 3);
  std::vector<Step> steps;
  steps.push_back({ConvStep{convolution}, {in, a}});
  steps.push_back({ConvStep{convolution}, {a, b}});
  using Instruction = ElementwiseCode::Instruction;
  const Instruction sum = {true, {}, Binary::kAdd, 0, 1};
  const Instruction sigmoid = {false, {Unary::kSigmoid}, {}, 0, 0};
  steps.push_back({ElementwiseStep{{2, {sum}}}, {in, b, a}});
  steps.push_back({PoolStep{true, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, false, {}, {}}, {a, b}});
  steps.push_back({ElementwiseStep{{1, {sigmoid}}}, {b, out}});
  return std::make_shared<Program>(std::move(steps), nullptr, nullptr);
}

std::unique_ptr<Arena> MakeArena() {
  auto arena = std::make_unique<Arena>(kMapFloats * 4);
  const std::vector<float> input = Values(kMapFloats, 9);
  std::copy(input.begin(), input.end(), arena->buffer.Data());
  return arena;
}

size_t Execute(const Program& program, Arena& arena, int threads, const std::atomic<int32_t>& abort) {
  return program.Execute(arena, {0, program.Size(), threads, &abort, false, {}}).size();
}

std::vector<float> Output(const Arena& arena) {
  const float* first = arena.buffer.Data() + kMapFloats * 3;
  return {first, first + kMapFloats};
}

std::vector<float> ExpectedOutput(const Program& program) {
  const auto arena = MakeArena();
  Execute(program, *arena, 1, std::atomic<int32_t>(0));
  return Output(*arena);
}

// With nobody else there, all parts are in progress together: each waits for the others.
void PartsRunTogether() {
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

void PartsRunOnceEach() {
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
void WorkElsewhereRunsOnceEach() {
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
void WorkElsewhereWithoutMemory() {
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

void RunsAllocateNothing(const Algorithm& algorithm) {
  constexpr int kThreads = 2;
  const auto convolution = MakeConvolution(algorithm);
  const auto arena = MakeArena();
  const InputSize size = {1, kSize, kSize};
  const Buffer scratch(convolution->ScratchBytes(size, kThreads) / sizeof(float));
  const MapView in = {arena->buffer.Data(), 1,         kSize,            kSize, kChannels,
                      kChannels,            kSize * kChannels, kMapFloats};
  MapView out = in;
  out.data += kMapFloats;
  size_t before = 0;
  for (int round = 0; round < 4; ++round) {
    if (round == 1) before = allocations;  // the first round has started the pool's threads
    for (int threads = kThreads; threads > 0; --threads) {
      ConvTimes times;
      convolution->Run(in, {}, false, out, reinterpret_cast<char*>(scratch.Data()), threads, &times);
    }
  }
  const size_t allocated = allocations - before;
  Check(allocated == 0, std::string(algorithm.id) + ": a convolution allocated memory");
}

void RunsOfOneProgram(const Algorithm& algorithm) {
  const auto program = MakeProgram(algorithm);
  const std::vector<float> expected = ExpectedOutput(*program);
  AtTheSameTime([&](int caller) {
    const auto arena = MakeArena();
    for (int round = 0; round < kRounds; ++round) {
      Check(Execute(*program, *arena, 1 + (caller + round) % 4, std::atomic<int32_t>(0)) == program->Size(),
            "a run ended early");
      Check(Output(*arena) == expected, std::string(algorithm.id) + ": the result depends on what else runs");
    }
  });
}

void Aborts(const Algorithm& algorithm) {
  const auto program = MakeProgram(algorithm);
  const std::vector<float> expected = ExpectedOutput(*program);
  AtTheSameTime([&](int caller) {
    const auto arena = MakeArena();
    for (int round = 0; round < kRounds; ++round) {
      std::atomic<int32_t> abort(0);
      std::thread aborter([&abort] { abort.store(1); });
      const size_t ran = Execute(*program, *arena, 1 + caller % 3, abort);
      aborter.join();
      Check(ran <= program->Size(), "more steps ran than there are");
    }
    Execute(*program, *arena, 2, std::atomic<int32_t>(0));
    Check(Output(*arena) == expected, "a run after an abort has another result");
  });
}

void ReleasesInFlight(const Algorithm& algorithm) {
  const std::vector<float> expected = ExpectedOutput(*MakeProgram(algorithm));
  AtTheSameTime([&](int) {
    for (int round = 0; round < kRounds; ++round) {
      std::shared_ptr<Program> program = MakeProgram(algorithm);
      std::shared_ptr<Arena> arena = MakeArena();
      std::vector<float> output;
      std::thread runner([held = program, arena, &output] {
        Execute(*held, *arena, 2, std::atomic<int32_t>(0));
        output = Output(*arena);
      });
      program.reset();
      arena.reset();
      runner.join();
      Check(output == expected, "what was released during a run changed its result");
    }
  });
}

void TimingsAndTargets(const Algorithm& algorithm) {
  const auto program = MakeProgram(algorithm);
  const std::vector<std::shared_ptr<Convolution>> contenders = {MakeConvolution(algorithm),
                                                                MakeConvolution(*Algorithms().back())};
  AtTheSameTime([&](int caller) {
    if (caller == 0) {
      for (int round = 0; round < kRounds * 8; ++round) {
        for (const TargetInfo& target : Targets()) {
          if (target.supported) SelectTarget(target.name);
        }
      }
      return;
    }
    const auto arena = MakeArena();
    Execute(*program, *arena, 2, std::atomic<int32_t>(0));
    Check(program->TimeConvolutions(*arena, 0, contenders, 2, 2).size() == contenders.size(), "a contender is missing");
  });
}

void Main() {
  PartsRunTogether();
  PartsRunOnceEach();
  WorkElsewhereWithoutMemory();
  WorkElsewhereRunsOnceEach();
  for (const TargetInfo& target : Targets()) {
    if (!target.supported) continue;
    for (const Algorithm* algorithm : Algorithms()) {
      if (const char* reason = Refusal(*algorithm, kSpec, {1, kSize, kSize}, true)) {
        std::printf("%s refuses: %s\n", algorithm->id, reason);
        continue;
      }
      Check(SelectTarget(target.name), "a supported target cannot be selected");
      RunsAllocateNothing(*algorithm);
      RunsOfOneProgram(*algorithm);
      Aborts(*algorithm);
      ReleasesInFlight(*algorithm);
      TimingsAndTargets(*algorithm);
      std::printf("%s on %s: the same bits whatever else runs\n", algorithm->id, target.name.c_str());
    }
  }
}

}  // namespace
}  // namespace zeroskip

int main() {
  zeroskip::Main();
  return 0;
}
