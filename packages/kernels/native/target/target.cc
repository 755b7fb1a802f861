#include "target/target.h"

#include <atomic>
#include <cstdlib>

#include "target/cpu.h"

namespace zeroskip {
namespace {

struct Row {
  const char* name;
  int vector_bytes;
  bool (*has_cpu)();
};

constexpr Row kRows[] = {
#define ZS_ROW(name, where, bytes, flags, code, cpu, ...) ZS_ON_##where({#name, bytes, [] { return bool(cpu); }}, )
    ZS_TARGETS(ZS_ROW)
#undef ZS_ROW
};

constexpr int kNumRows = sizeof(kRows) / sizeof(kRows[0]);

bool IsSupported(int index) { return kRows[index].has_cpu() && (index == 0 || IsSupported(index - 1)); }

int Find(const char* name) {
  for (int i = 0; i < kNumRows; ++i) {
    if (std::string(name) == kRows[i].name && IsSupported(i)) return i;
  }
  return -1;
}

int Best() {
  if (const char* forced = std::getenv("ZEROSKIP_TARGET")) {
    if (const int index = Find(forced); index >= 0) return index;
  }
  int best = 0;
  for (int i = 0; i < kNumRows; ++i) {
    if (IsSupported(i)) best = i;
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
    out.push_back({kRows[i].name, IsSupported(i), i == SelectedTarget(), kRows[i].vector_bytes});
  }
  return out;
}

int SelectedTarget() { return Selected().load(std::memory_order_relaxed); }

int VectorLanes(int index) { return kRows[index].vector_bytes / int(sizeof(float)); }

bool SelectTarget(const std::string& name) {
  const int index = Find(name.c_str());
  if (index < 0) return false;
  Selected().store(index, std::memory_order_relaxed);
  return true;
}

}  // namespace zeroskip
