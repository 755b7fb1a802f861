#include "elementwise/functions-inl.h"
#include "quantized/maps.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kUnrolled = 4;

V Sigmoid(V x) { return unary::Sigmoid(x, hn::Zero(D()), hn::Zero(D())); }
V Tanh(V x) { return unary::Tanh(x, hn::Zero(D()), hn::Zero(D())); }

// kCount vectors of `to` from column `j`: += state (1 x depth) times weights (depth x columns).
template <int kCount>
HWY_INLINE void AddColumns(const float* state, const MapView& weights, int j, float* to) {
  const D d;
  V sums[kCount];
  Unroll<kCount>([&](auto i) { sums[i] = hn::LoadU(d, to + j + i * kLanes); });
  const float* row = weights.data + j;
  for (int k = 0; k < weights.w; ++k, row += weights.stride) {
    const V x = Value(state[k]);
    Unroll<kCount>([&](auto i) { sums[i] = hn::MulAdd(x, hn::LoadU(d, row + i * kLanes), sums[i]); });
  }
  Unroll<kCount>([&](auto i) { hn::StoreU(sums[i], d, to + j + i * kLanes); });
}

// Columns [first, end) of `to` += state times weights.
void AddProduct(const float* state, const MapView& weights, int first, int end, float* to) {
  int j = first;
  for (; j + kUnrolled * kLanes <= end; j += kUnrolled * kLanes) AddColumns<kUnrolled>(state, weights, j, to);
  for (; j + kLanes <= end; j += kLanes) AddColumns<1>(state, weights, j, to);
  if (j >= end) return;
  const int left = end - j;
  V sum = LoadPartial(to + j, left);
  const float* row = weights.data + j;
  for (int k = 0; k < weights.w; ++k, row += weights.stride) {
    sum = hn::MulAdd(Value(state[k]), LoadPartial(row, left), sum);
  }
  StorePartial(sum, to + j, left);
}

// f(i, elements left) for every vector of the state.
template <class F>
HWY_INLINE void EachVector(int hidden, const F& f) {
  for (int i = 0; i < hidden; i += kLanes) f(i, hidden - i);
}

// What the state's elements are as integers of 8 bits, by the scale and zero point of this step (ONNX,
// DynamicQuantizeLinear).
void RoundToBytes(float* h, int hidden, float* to) {
  const Quantization how = DynamicRange({h, 1, 1, 1, hidden, hidden, hidden, hidden}, 1);
  const V scale = Value(how.scale);
  const V low = Value(float(-how.zero));
  const V high = Value(float(255 - how.zero));
  EachVector(hidden, [&](int i, int left) {
    const V q = hn::Round(hn::Div(LoadPartial(h + i, left), scale));
    StorePartial(hn::Mul(hn::Min(hn::Max(q, low), high), scale), to + i, left);
  });
}

// Gates i, o, f, c (ONNX, LSTM): C = f C + i c, H = o tanh(C).
void StepLstm(int hidden, const float* gates, float* h, float* cell) {
  EachVector(hidden, [&](int i, int left) {
    const auto gate = [&](int g) { return LoadPartial(gates + g * hidden + i, left); };
    const V entering = hn::Mul(Sigmoid(gate(0)), Tanh(gate(3)));
    const V next = hn::MulAdd(Sigmoid(gate(2)), LoadPartial(cell + i, left), entering);
    StorePartial(next, cell + i, left);
    StorePartial(hn::Mul(Sigmoid(gate(1)), Tanh(next)), h + i, left);
  });
}

// H = (1 - z) n + z H, where `gates` has z, r and what the tanh of n is taken of (ONNX, GRU).
void MixGru(int hidden, const float* gates, const float* candidates, float* h) {
  const V one = Value(1);
  EachVector(hidden, [&](int i, int left) {
    const V z = Sigmoid(LoadPartial(gates + i, left));
    const V n = Tanh(LoadPartial(candidates + i, left));
    StorePartial(hn::MulAdd(hn::Sub(one, z), n, hn::Mul(z, LoadPartial(h + i, left))), h + i, left);
  });
}

// `reset` (hidden floats): r H, or r (H R + b), which the third gate has added.
void StepGru(const RecurrentStep& s, int hidden, float* gates, float* reset, float* h) {
  AddProduct(h, s.weights, 0, 2 * hidden, gates);
  float* const candidates = gates + 2 * hidden;
  const auto r = [&](int i, int left) { return Sigmoid(LoadPartial(gates + hidden + i, left)); };
  if (s.kind == Recurrent::kGru) {
    EachVector(hidden, [&](int i, int left) {
      StorePartial(hn::Mul(r(i, left), LoadPartial(h + i, left)), reset + i, left);
    });
    AddProduct(reset, s.weights, 2 * hidden, 3 * hidden, gates);
  } else {
    std::memcpy(reset, s.bias.data, size_t(hidden) * sizeof(float));
    AddProduct(h, s.weights, 2 * hidden, 3 * hidden, reset - 2 * hidden);
    EachVector(hidden, [&](int i, int left) {
      const V sum = LoadPartial(candidates + i, left);
      StorePartial(hn::MulAdd(r(i, left), LoadPartial(reset + i, left), sum), candidates + i, left);
    });
  }
  MixGru(hidden, gates, candidates, h);
}

}  // namespace

void RunRecurrent(const RecurrentStep& s, float* scratch) {
  const int hidden = s.hidden.c;
  const int columns = s.in.c;
  // As large as a state.
  float* const more = scratch + columns;
  for (int step = 0; step < s.in.h; ++step) {
    const int t = s.reverse ? s.in.h - 1 - step : step;
    for (int image = 0; image < s.in.w; ++image) {
      float* const h = s.hidden.Pixel(0, 0, image);
      std::memcpy(scratch, s.in.Pixel(0, t, image), size_t(columns) * sizeof(float));
      switch (s.kind) {
        case Recurrent::kRnn:
          AddProduct(h, s.weights, 0, columns, scratch);
          EachVector(hidden, [&](int i, int left) { StorePartial(Tanh(LoadPartial(scratch + i, left)), h + i, left); });
          break;
        case Recurrent::kGru:
        case Recurrent::kGruResetLast:
          StepGru(s, hidden, scratch, more, h);
          break;
        case Recurrent::kLstm:
          AddProduct(h, s.weights, 0, columns, scratch);
          StepLstm(hidden, scratch, h, s.cell.Pixel(0, 0, image));
          break;
        case Recurrent::kLstmOfBytes:
          RoundToBytes(h, hidden, more);
          AddProduct(more, s.weights, 0, columns, scratch);
          StepLstm(hidden, scratch, h, s.cell.Pixel(0, 0, image));
          break;
      }
      std::memcpy(s.out.Pixel(0, t, image), h, size_t(hidden) * sizeof(float));
    }
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
