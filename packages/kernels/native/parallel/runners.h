// Threads for what a caller does not wait for.
#ifndef ZEROSKIP_PARALLEL_RUNNERS_H_
#define ZEROSKIP_PARALLEL_RUNNERS_H_

#include <functional>

namespace zeroskip {

// Calls `work`, which throws nothing, on another thread, or puts it off until one is free; at once without threads.
// What belongs to one `owner` goes to the thread that did its last work, if it is free: that thread's core may have the
// data in its caches.
// Throws std::bad_alloc or std::system_error, and never calls `work` then, where it cannot be kept for later or where
// there is no thread yet and none can be had.
void RunElsewhere(const void* owner, std::function<void()> work);

}  // namespace zeroskip

#endif  // ZEROSKIP_PARALLEL_RUNNERS_H_
