#ifndef ZEROSKIP_PROGRAM_BUFFER_H_
#define ZEROSKIP_PROGRAM_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace zeroskip {

enum class Fill { kNone, kZeros };

// Floats on a 64-byte boundary. Zeros come from the system page by page, when a page is first touched: making a
// large buffer takes no time. Throws std::bad_alloc.
class Buffer {
 public:
  explicit Buffer(size_t floats = 0, Fill fill = Fill::kNone) : floats_(floats) {
    if (floats == 0) return;
    if (floats > (SIZE_MAX - kAlignment) / sizeof(float)) throw std::bad_alloc();
    const size_t bytes = floats * sizeof(float) + kAlignment;
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
  ~Buffer() { std::free(allocation_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  float* Data() const { return data_; }
  size_t Floats() const { return floats_; }

 private:
  static constexpr size_t kAlignment = 64;
  size_t floats_;
  void* allocation_ = nullptr;
  float* data_ = nullptr;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_BUFFER_H_
