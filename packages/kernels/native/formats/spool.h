#ifndef ZEROSKIP_FORMATS_SPOOL_H_
#define ZEROSKIP_FORMATS_SPOOL_H_

#include <algorithm>
#include <memory>
#include <vector>

namespace zeroskip {

// Collects items whose number is not known before, without moving them.
template <class T>
class Spool {
 public:
  // Room for `count` more, until the next call.
  T* Reserve(size_t count) {
    if (chunks_.empty() || chunks_.back().capacity - chunks_.back().used < count) {
      const size_t capacity = std::max(count, kChunk);
      chunks_.push_back({std::unique_ptr<T[]>(new T[capacity]), capacity, 0});
    }
    return chunks_.back().items.get() + chunks_.back().used;
  }
  // Keeps the first `count` of what was reserved last.
  void Commit(size_t count) {
    chunks_.back().used += count;
    size_ += count;
  }
  size_t Size() const { return size_; }

  template <class U>
  void CopyTo(U* to) const {
    for (const Chunk& chunk : chunks_) to = std::copy_n(chunk.items.get(), chunk.used, to);
  }

 private:
  static constexpr size_t kChunk = 1 << 18;
  struct Chunk {
    std::unique_ptr<T[]> items;
    size_t capacity, used;
  };
  std::vector<Chunk> chunks_;
  size_t size_ = 0;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_SPOOL_H_
