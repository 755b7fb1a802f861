#include "program/pages.h"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace zeroskip {

#if defined(__linux__)
namespace {

// Linux 5.14; not in every libc's headers.
constexpr int kPopulateWrite = 23;
// Below this the call takes longer than the faults.
constexpr size_t kLeastBytes = 32 << 10;

// Of the pages that lie within.
void Advise(void* data, size_t bytes, int advice) {
  static const uintptr_t page = uintptr_t(sysconf(_SC_PAGESIZE));
  const uintptr_t start = reinterpret_cast<uintptr_t>(data);
  const uintptr_t first = (start + page - 1) / page * page;
  const uintptr_t end = (start + bytes) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, advice);
}

}  // namespace

void AdviseLargePages(void* data, size_t bytes) { Advise(data, bytes, MADV_HUGEPAGE); }

void CommitPages(void* data, size_t bytes) {
  if (bytes < kLeastBytes) return;
  if (bytes >= kLargePagesBytes) AdviseLargePages(data, bytes);
  Advise(data, bytes, kPopulateWrite);
}
#else
void AdviseLargePages(void*, size_t) {}
void CommitPages(void*, size_t) {}
#endif

}  // namespace zeroskip
