#ifndef ZEROSKIP_PROGRAM_PAGES_H_
#define ZEROSKIP_PROGRAM_PAGES_H_

#include <cstddef>

namespace zeroskip {

// For memory that will be written from end to end. A system hands out fresh memory page by page, at a fault for each,
// which takes many times what the write does, above all on virtual machines. These ask for more at once; where the
// system does not know how, nothing happens.

// From this size on memory is had in large pages.
constexpr size_t kLargePagesBytes = 4 << 20;

// Large pages, each at its first write.
void AdviseLargePages(void* data, size_t bytes);
// All pages now; large ones where there is room for some.
void CommitPages(void* data, size_t bytes);

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_PAGES_H_
