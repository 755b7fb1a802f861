#include "target/target.h"

#include <atomic>
#include <cstdlib>

namespace zeroskip {
namespace {

struct Row {
  const char* name;
  int vector_bytes;
  bool (*supported)();
};

bool Always() { return true; }

#if defined(__x86_64__)
bool HasSse4() { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"); }
bool HasAvx2() {
  return HasSse4() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
#if defined(ZS_TWO_TARGETS)
constexpr Row kRows[] = {{"scalar", 4, Always}, {"avx2", 32, HasAvx2}};
#else
bool HasAvx512() {
  return HasAvx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512cd");
}
// The order of ZS_PER_TARGET.
constexpr Row kRows[] = {{"scalar", 4, Always},
                         {"sse4", 16, HasSse4},
                         {"avx2", 32, HasAvx2},
                         {"avx512", 64, HasAvx512}};
#endif
#elif defined(__aarch64__)
constexpr Row kRows[] = {{"scalar", 4, Always}, {"neon", 16, Always}};
#else
constexpr Row kRows[] = {{"scalar", 4, Always}};
#endif

constexpr int kNumRows = sizeof(kRows) / sizeof(kRows[0]);

int Find(const char* name) {
  for (int i = 0; i < kNumRows; ++i) {
    if (std::string(name) == kRows[i].name && kRows[i].supported()) return i;
  }
  return -1;
}

int Best() {
  if (const char* forced = std::getenv("ZEROSKIP_TARGET")) {
    if (const int index = Find(forced); index >= 0) return index;
  }
  int best = 0;
  for (int i = 0; i < kNumRows; ++i) {
    if (kRows[i].supported()) best = i;
  }
  return best;
}

std::atomic<int>& Selected() {
  static std::atomic<int> selected{Best()};
  return selected;
}

}  // namespace

std::vector<TargetInfo> Targets() {
  std::vector<TargetInfo> out;
  for (int i = 0; i < kNumRows; ++i) {
    out.push_back({kRows[i].name, kRows[i].supported(), i == SelectedTarget(), kRows[i].vector_bytes});
  }
  return out;
}

int SelectedTarget() { return Selected().load(std::memory_order_relaxed); }

int VectorLanes(int index) { return kRows[index].vector_bytes / int(sizeof(float)); }

bool HasAvx512Vbmi2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
#else
  return false;
#endif
}

bool SelectTarget(const std::string& name) {
  const int index = Find(name.c_str());
  if (index < 0) return false;
  Selected().store(index, std::memory_order_relaxed);
  return true;
}

}  // namespace zeroskip
