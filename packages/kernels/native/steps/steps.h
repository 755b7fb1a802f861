// The operations of a network that are not convolutions, on channels-last views.
#ifndef ZEROSKIP_STEPS_STEPS_H_
#define ZEROSKIP_STEPS_STEPS_H_

#include <vector>

#include "conv/conv_args.h"
#include "quantized/bytes.h"
#include "target/target.h"

namespace zeroskip {

struct PoolStep {
  bool max;  // else average
  int k_h, k_w, s_h, s_w, d_h, d_w, pad_t, pad_l, pad_b, pad_r;
  bool count_include_pad;
  MapView in, out;
};

// A function of the elements at one place of several maps, each of which has the dims of `out` or 1 in their stead.
// Values are numbered: the inputs first, then the result of each instruction, which reads earlier values. The last one
// is stored; without instructions that is input 0.
class ElementwiseCode {
 public:
  static constexpr int kMaxInputs = 8;
  static constexpr int kMaxInstructions = 24;
  // Elements that are computed together, while the values between them stay in the first level of cache.
  static constexpr int kTile = 1024;

  struct Instruction {
    bool is_binary;
    UnarySpec unary;
    Binary binary;
    int a, b;  // values; b of binary functions
    int slot = 0;  // of the workspace, for the result
  };

  ElementwiseCode(int inputs, std::vector<Instruction> instructions);

  int Inputs() const { return inputs_; }
  const std::vector<Instruction>& Instructions() const { return instructions_; }
  // Of one worker: tiles for the inputs that are not read where they lie, and for results.
  size_t ScratchFloats() const { return size_t(slots_) * kTile; }

 private:
  int inputs_;
  int slots_;
  std::vector<Instruction> instructions_;
};

// Maps of 8-bit integers are read and written as the numbers that they stand for.
struct ElementwiseStep {
  ElementwiseCode code;
};

// Output i of an axis is (1 - weight[i]) * in[low[i]] + weight[i] * in[high[i]].
struct ResizeAxis {
  std::vector<int> low, high;
  std::vector<float> weight;
};

struct ResizeStep {
  ResizeAxis rows, columns;
  MapView in, out;
};

// Of each image, out (w x c) = a (w x k) times b (k x c, or where it is transposed c x k), columns last. Each of `a`
// and `b` has as many images as `out`, or one for all.
struct MatMulStep {
  bool transposed;
  MapView a, b, out;
};

// Steps along the shared axis for which columns of `b` are packed at a time, and the floats of one worker for it.
constexpr int kMatMulBlockDepth = 512;
constexpr size_t kMatMulScratchFloats = size_t(kMatMulBlockDepth) * 64;

enum class Recurrent { kRnn, kGru, kGruResetLast, kLstm, kLstmOfBytes };
constexpr const char* kRecurrentNames[] = {"rnn", "gru", "gruResetLast", "lstm", "lstmOfBytes"};

constexpr bool HasCell(Recurrent kind) { return kind == Recurrent::kLstm || kind == Recurrent::kLstmOfBytes; }

// A state that is carried along the rows of `in`, for each column, from the last row on where it is `reverse`. `in` has
// the products of the inputs with their weights and the biases: as many channels as the gates have. `weights` are those
// of the state, a row for each of its elements. `bias`, of the reset candidate, is kGruResetLast's, `cell` an LSTM's.
// `hidden` and `cell` are the state, a column each; `out` is `hidden` after each row. kLstmOfBytes multiplies what the
// integers of 8 bits stand for that `hidden` is quantized to.
struct RecurrentStep {
  Recurrent kind;
  bool reverse;
  MapView in, weights, bias, hidden, cell, out;

  // A column's gates, and one more.
  static size_t ScratchFloats(int gates, int hidden) { return size_t(gates) + size_t(hidden); }
};

enum class Reduction { kSum, kMean, kProduct, kMax, kMin, kArgMax, kArgMin, kLastArgMax, kLastArgMin };
constexpr const char* kReductionNames[] = {"sum",    "mean",   "product",    "max",       "min",
                                           "argMax", "argMin", "lastArgMax", "lastArgMin"};

// Over the axes along which `out` has 1 where `in` has more.
struct ReduceStep {
  Reduction kind;
  MapView in, out;
};

struct MapStep {
  MapView in, out;
};

ZS_PER_TARGET(void, RunPool, (const PoolStep& step, int threads))
// `in` has code.Inputs() maps, `how` what they hold, then what `out` does, and `scratch` code.ScratchFloats() floats
// for each thread, 64-byte aligned.
ZS_PER_TARGET(void, RunElementwise,
              (const ElementwiseCode& code, const MapView* in, const Quantization* how, const MapView& out,
               float* scratch, int threads))
// `scratch` has kMatMulScratchFloats for each thread.
ZS_PER_TARGET(void, RunMatMul, (const MatMulStep& step, float* scratch, int threads))
// `scratch` has step.ScratchFloats() floats.
ZS_PER_TARGET(void, RunRecurrent, (const RecurrentStep& step, float* scratch))
ZS_PER_TARGET(void, RunReduce, (const ReduceStep& step, int threads))
ZS_PER_TARGET(void, RunResize, (const ResizeStep& step, int threads))
ZS_PER_TARGET(void, RunToChannelsLast, (const MapStep& step, int threads))
ZS_PER_TARGET(void, RunToChannelsFirst, (const MapStep& step, int threads))
ZS_PER_TARGET(void, RunSoftmax, (const MapStep& step, int threads))
// Number of values that are not zero in rows 0, row_step, 2 * row_step, ... of each image.
ZS_PER_TARGET(size_t, CountNonZeros, (const MapView& map, int row_step, int threads))

}  // namespace zeroskip

#endif  // ZEROSKIP_STEPS_STEPS_H_
