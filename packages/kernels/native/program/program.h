// A list of steps on views of an arena, and their execution.
#ifndef ZEROSKIP_PROGRAM_PROGRAM_H_
#define ZEROSKIP_PROGRAM_PROGRAM_H_

#include <atomic>
#include <memory>
#include <variant>
#include <vector>

#include "program/buffer.h"
#include "program/convolution.h"
#include "steps/steps.h"

namespace zeroskip {

// A map that is not yet bound to memory.
struct View {
  bool constant;
  size_t offset;  // floats
  int n, h, w, c;
  ptrdiff_t stride, row_stride, image_stride;
};

// Of three views the second is added to the result.
struct ConvStep {
  std::shared_ptr<Convolution> convolution;
  bool add_first = false;  // before the activation
  // May be null. Runs instead where a larger share of the input than `dense_above` is not zero.
  std::shared_ptr<Convolution> dense = nullptr;
  double dense_above = 1;
};
struct ToChannelsLastStep : MapStep {};
struct ToChannelsFirstStep : MapStep {};
struct SoftmaxStep : MapStep {};

// The views of `operation` are bound when the step runs; until then `views` has them, in the operation's order
// (inputs, then the output).
struct Step {
  std::variant<ConvStep, PoolStep, ElementwiseStep, MatMulStep, ResizeStep, ToChannelsLastStep, ToChannelsFirstStep,
               SoftmaxStep>
      operation;
  std::vector<View> views;
};

struct StepTrace {
  double seconds = 0;
  ConvTimes conv;
  size_t non_zeros = 0;
  bool dense = false;  // a convolution that skips zeros left its input to the one beside it
};

// One timed run of a convolution.
struct ConvSample {
  double seconds = 0;  // from start to end
  ConvTimes parts;
};

// What one run at a time uses.
struct Arena {
  explicit Arena(size_t floats) : buffer(floats, Fill::kZeros) {}
  // Workspace of at least that many floats, kept for the runs that follow.
  char* Scratch(size_t floats) {
    if (!scratch || scratch->Floats() < floats) scratch = std::make_unique<Buffer>(floats);
    return reinterpret_cast<char*>(scratch->Data());
  }

  Buffer buffer;
  std::unique_ptr<Buffer> scratch;
};

class Program {
 public:
  // Constants are those of `shared`, which may be null and which other programs read, too, then `constants`.
  Program(std::vector<Step> steps, std::shared_ptr<const std::vector<float>> shared, std::vector<float> constants);

  size_t Size() const { return steps_.size(); }
  // Of memory that only this program uses.
  size_t Bytes() const;
  // Runs steps [from, to) until `*abort` is not 0; returns the traces of those that ran. Counting the non-zeros of
  // convolutions' inputs takes another pass over these.
  std::vector<StepTrace> Execute(Arena& arena, size_t from, size_t to, int threads,
                                 const std::atomic<int32_t>* abort, bool count_non_zeros = false) const;
  // Runs each convolution `rounds` times, interleaved, on the views of the convolution at `step`.
  std::vector<std::vector<ConvSample>> TimeConvolutions(Arena& arena, size_t step,
                                                        const std::vector<std::shared_ptr<Convolution>>& contenders,
                                                        int rounds, int threads) const;

 private:
  MapView Bind(const View& view, const Arena& arena) const;

  std::vector<Step> steps_;
  std::shared_ptr<const std::vector<float>> shared_;
  std::vector<float> constants_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_PROGRAM_H_
