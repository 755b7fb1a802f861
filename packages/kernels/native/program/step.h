// The operations of a program, and what they take.
#ifndef ZEROSKIP_PROGRAM_STEP_H_
#define ZEROSKIP_PROGRAM_STEP_H_

#include <memory>
#include <variant>
#include <vector>

#include "program/convolution.h"
#include "quantized/maps.h"
#include "quantized/quantized.h"
#include "steps/steps.h"

namespace zeroskip {

// A map that is not yet bound to memory. Offset and strides count its elements.
struct View {
  bool constant;
  size_t offset;
  int n, h, w, c;
  ptrdiff_t stride, row_stride, image_stride;
  Quantization how;
};

// Of three views the second is added to the result.
struct ConvStep {
  std::shared_ptr<Convolution> convolution;
  bool add_first = false;  // before the activation
  // May be null. Runs instead where a larger share of the input than `dense_above` is not zero.
  std::shared_ptr<Convolution> dense = nullptr;
  double dense_above = 1;
  // More than 1 of the first of as many convolutions of which each reads what the one before it wrote, and nothing else
  // does: they may run as a chain. All are of algorithms that are `by_rows`, and have no `dense`.
  int chain = 1;
};
// Views: the input, of floats that are quantized while they are read or of bytes; where it `is_dynamic`, the input's
// scale, and its zero point, a byte; where it `adds`, a map of floats; the output.
struct QuantizedConvStep {
  std::shared_ptr<QuantizedConvolution> convolution;
  bool is_dynamic, adds, add_first;
};
// The output has two floats: the scale, and a byte, its zero point.
struct RangeStep {};
struct ToChannelsLastStep : MapStep {};
struct ToChannelsFirstStep : MapStep {};
struct SoftmaxStep : MapStep {};

// The views of `operation` are bound when the step runs; until then `views` has them, in the operation's order
// (inputs, then the output).
struct Step {
  std::variant<ConvStep, PoolStep, ElementwiseStep, MatMulStep, RecurrentStep, ReduceStep, ResizeStep,
               QuantizedConvStep, RangeStep, ToChannelsLastStep, ToChannelsFirstStep, SoftmaxStep>
      operation;
  std::vector<View> views;
};

struct StepTrace {
  double seconds = 0;
  ConvTimes conv;
  size_t non_zeros = 0;
  bool dense = false;  // a convolution that skips zeros left its input to the one beside it
};

int64_t Elements(const View& view);

// Threads that a convolution runs on; their number decides its workspace.
int ThreadsOf(const ConvSpec& spec, const View& out, int threads);

size_t ScratchFloats(const Convolution& convolution, const View& in, int threads);
size_t ScratchFloats(const Step& step, int threads);

// Operations of a step, about.
int64_t WorkOf(const Step& step);

}  // namespace zeroskip

#endif  // ZEROSKIP_PROGRAM_STEP_H_
