#include "steps/steps.h"

namespace zeroskip {

// Gives each result a slot that no value still to be read holds.
ElementwiseCode::ElementwiseCode(int inputs, std::vector<Instruction> instructions)
    : inputs_(inputs), slots_(inputs), instructions_(std::move(instructions)) {
  const int count = int(instructions_.size());
  std::vector<int> last_read(size_t(count), count);
  for (int i = 0; i < count; ++i) {
    const Instruction& instruction = instructions_[size_t(i)];
    if (instruction.a >= inputs) last_read[size_t(instruction.a - inputs)] = i;
    if (instruction.is_binary && instruction.b >= inputs) last_read[size_t(instruction.b - inputs)] = i;
  }
  std::vector<int> free;
  for (int i = 0; i < count; ++i) {
    for (int value = 0; value < i; ++value) {
      if (last_read[size_t(value)] == i) free.push_back(instructions_[size_t(value)].slot);
    }
    if (free.empty()) free.push_back(slots_++);
    instructions_[size_t(i)].slot = free.back();
    free.pop_back();
  }
}

}  // namespace zeroskip
