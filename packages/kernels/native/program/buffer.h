#ifndef ZEROSKIP_PROGRAM_BUFFER_H_
#define ZEROSKIP_PROGRAM_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "program/pages.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define ZS_HAS_MMAP
#endif

namespace zeroskip {

enum class Fill { kNone, kZeros };

// Floats on a 64-byte boundary. Large buffers are mapped, so that their memory goes back to the system when they end;
// malloc keeps what lies between other allocations. The largest have their memory from the system in large pages, when
// one is first touched: making them takes no time. Throws std::bad_alloc.
class Buffer {
 public:
  explicit Buffer(size_t floats = 0, Fill fill = Fill::kNone) : floats_(floats) {
    if (floats == 0) return;
    if (floats > (SIZE_MAX - kAlignment) / sizeof(float)) throw std::bad_alloc();
    const size_t bytes = floats * sizeof(float) + kAlignment;
#if defined(ZS_HAS_MMAP)
    if (bytes >= kMapped) {
      void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (pages == MAP_FAILED) throw std::bad_alloc();
      allocation_ = pages;
      mapped_bytes_ = bytes;
      if (bytes >= kLargePagesBytes) {
        AdviseLargePages(pages, bytes);
      } else {
        CommitPages(pages, bytes);
      }
      // Not at the beginning of a page, where every large buffer would compete for the same sets of the caches.
      data_ = static_cast<float*>(pages) + kAlignment / sizeof(float);
      return;
    }
#endif
    allocation_ = fill == Fill::kZeros ? std::calloc(bytes, 1) : std::malloc(bytes);
    if (allocation_ == nullptr) throw std::bad_alloc();
    const uintptr_t start = reinterpret_cast<uintptr_t>(allocation_);
    data_ = reinterpret_cast<float*>((start + kAlignment - 1) / kAlignment * kAlignment);
#if defined(__SANITIZE_ADDRESS__)
    // What alignment leaves over would hide accesses past the end.
    const char* const end = reinterpret_cast<const char*>(data_ + floats);
    __asan_poison_memory_region(end, size_t(static_cast<const char*>(allocation_) + bytes - end));
#endif
  }
  ~Buffer() {
#if defined(ZS_HAS_MMAP)
    if (mapped_bytes_ > 0) {
      munmap(allocation_, mapped_bytes_);
      return;
    }
#endif
    std::free(allocation_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  float* Data() const { return data_; }
  size_t Floats() const { return floats_; }

 private:
  static constexpr size_t kAlignment = 64;
#if defined(ZS_HAS_MMAP)
  static constexpr size_t kMapped = 256 << 10;
  size_t mapped_bytes_ = 0;
#endif
  size_t floats_;
  void* allocation_ = nullptr;
  float* data_ = nullptr;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_BUFFER_H_
