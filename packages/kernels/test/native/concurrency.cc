// What goes on at the same time in a process with several sessions, for ThreadSanitizer: Node itself cannot be
// instrumented. Every result is compared with that of one thread; and a convolution must allocate nothing.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "program/program.h"
#include "threads.h"

namespace {

std::atomic<size_t> allocations{0};

}  // namespace

[[gnu::noinline]] void* operator new(size_t bytes) {
  ++allocations;
  if (zeroskip::until_refused > 0 && --zeroskip::until_refused == 0) throw std::bad_alloc();
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace zeroskip {
namespace {

constexpr int kRounds = 8;
constexpr int kSize = 13;  // rows and columns of a map
constexpr int kChannels = 20;

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
  return program.Execute(arena, {0, program.Size(), threads, &abort, false, true, {}}).size();
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
