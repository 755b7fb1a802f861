// A list of steps on views of an arena, and their execution.
#ifndef ZEROSKIP_PROGRAM_PROGRAM_H_
#define ZEROSKIP_PROGRAM_PROGRAM_H_

#include <atomic>
#include <limits>
#include <memory>
#include <vector>

#include "program/buffer.h"
#include "program/chain.h"
#include "program/step.h"

namespace zeroskip {

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

// What one call runs.
struct Execution {
  size_t from = 0, to = 0;  // steps
  int threads = 1;
  const std::atomic<int32_t>* abort = nullptr;  // not 0: ends it between steps
  bool count_non_zeros = false;                 // of convolutions' inputs, which takes another pass over these
  bool timed = true;                            // whether traces say how long a step took
  std::vector<MapStep> reads;                   // afterwards, to row-major N, C, H, W
  double seconds = std::numeric_limits<double>::infinity();  // after which no step begins, and nothing is read
};

class Program {
 public:
  // Constants are those of `shared`, which may be null and which other programs read, too, then `constants`.
  Program(std::vector<Step> steps, std::shared_ptr<const Buffer> shared, std::shared_ptr<const Buffer> constants);

  size_t Size() const { return steps_.size(); }
  // Of memory that only this program uses.
  size_t Bytes() const;
  // Returns the traces of the steps that ran, then, unless aborted, of the reads.
  std::vector<StepTrace> Execute(Arena& arena, const Execution& execution) const;
  // Whether steps, and reads of at most `largest_read` elements, take less time than waking a thread for them, or not
  // much more.
  bool IsBrief(size_t from, size_t to, int64_t largest_read) const;
  // Threads for steps: what is done before helpers would be awake is to do without them.
  int ThreadsFor(size_t from, size_t to, int threads) const;
  // Runs each convolution `rounds` times, interleaved, on the views of the convolution at `step`.
  std::vector<std::vector<ConvSample>> TimeConvolutions(Arena& arena, size_t step,
                                                        const std::vector<std::shared_ptr<Convolution>>& contenders,
                                                        int rounds, int threads) const;

 private:
  // Operations of steps, about, for each lane of a vector.
  int64_t WorkPerLane(size_t from, size_t to) const;
  MapView Bind(const View& view, const Arena& arena) const;

  void RunQuantizedConv(const QuantizedConvStep& conv, const Step& step, Arena& arena, char* scratch, int threads,
                        StepTrace* trace) const;
  // Steps from `first` on, before `to`, that run as one: of a chain, or 1.
  int Together(size_t first, size_t to, int threads) const;
  Chain ChainAt(size_t first, const Arena& arena) const;
  void RunChain(size_t first, Arena& arena, char* scratch, const Execution& execution,
                std::vector<StepTrace>* traces) const;
  void RunStep(const Step& step, Arena& arena, char* scratch, const Execution& execution, StepTrace* trace) const;

  std::vector<Step> steps_;
  std::shared_ptr<const Buffer> shared_, constants_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_PROGRAM_H_
