#ifndef ZEROSKIP_PROGRAM_BUFFER_H_
#define ZEROSKIP_PROGRAM_BUFFER_H_

#include <cstddef>
#include <new>

namespace zeroskip {

// Uninitialised floats on a 64-byte boundary. Throws std::bad_alloc.
class Buffer {
 public:
  explicit Buffer(size_t floats = 0)
      : data_(floats ? static_cast<float*>(::operator new(floats * sizeof(float), kAlignment)) : nullptr),
        floats_(floats) {}
  ~Buffer() { ::operator delete(data_, kAlignment); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  float* Data() const { return data_; }
  size_t Floats() const { return floats_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  float* data_;
  size_t floats_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_BUFFER_H_
