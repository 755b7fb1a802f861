#include <algorithm>
#include <cstring>

#include "elementwise/functions-inl.h"
#include "parallel/thread_pool.h"
#include "steps/tiles-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kTile = ElementwiseCode::kTile;
constexpr int64_t kLeastElements = 8192;  // for a thread

// The elements of a value in a tile; of one that is the same everywhere, the first.
struct Source {
  const float* data;
  bool is_one_value;
};

template <class F>
void MapTile(const float* a, float* to, int size, const F& f) {
  int i = 0;
  for (; i + kLanes <= size; i += kLanes) hn::StoreU(f(hn::LoadU(D(), a + i)), D(), to + i);
  if (i < size) StorePartial(f(LoadPartial(a + i, size - i)), to + i, size - i);
}

// Of the two sources one at most is one value.
template <class F>
void CombineTiles(const Source& a, const Source& b, float* to, int size, const F& f) {
  if (a.is_one_value) {
    const V x = Value(*a.data);
    return MapTile(b.data, to, size, [&](V y) { return f(x, y); });
  }
  if (b.is_one_value) {
    const V y = Value(*b.data);
    return MapTile(a.data, to, size, [&](V x) { return f(x, y); });
  }
  int i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    hn::StoreU(f(hn::LoadU(D(), a.data + i), hn::LoadU(D(), b.data + i)), D(), to + i);
  }
  if (i < size) {
    const int left = size - i;
    StorePartial(f(LoadPartial(a.data + i, left), LoadPartial(b.data + i, left)), to + i, left);
  }
}

void RunUnary(const UnarySpec& f, const float* a, float* to, int size) {
  const V alpha = Value(f.alpha);
  const V beta = Value(f.beta);
  switch (f.function) {
#define ZS_UNARY(name, ...) \
  case Unary::k##name:      \
    return MapTile(a, to, size, [&](V x) { return unary::name(x, alpha, beta); });
#include "elementwise/functions.inc"
  }
}

void RunBinary(Binary function, const Source& a, const Source& b, float* to, int size) {
  switch (function) {
#define ZS_BINARY(name, ...) \
  case Binary::k##name:      \
    return CombineTiles(a, b, to, size, [](V x, V y) { return binary::name(x, y); });
#include "elementwise/functions.inc"
  }
}

// The work of one thread.
class Worker {
 public:
  Worker(const ElementwiseCode& code, const Quantization* how, float* scratch)
      : code_(code), how_(how), scratch_(scratch) {}

  // `first[k]`: where the tile begins in input k, then in the output.
  void Run(const Tile& tile, char* const* first, const Axis& rows, const Axis& columns) {
    const int inputs = code_.Inputs();
    const auto& instructions = code_.Instructions();
    const auto bytes = [&](int k) -> ByteMatrix {
      return {reinterpret_cast<uint8_t*>(first[k]), rows.steps[k], columns.steps[k]};
    };
    const auto floats = [&](int k) -> Matrix {
      constexpr ptrdiff_t kFloat = sizeof(float);
      return {reinterpret_cast<float*>(first[k]), rows.steps[k] / kFloat, columns.steps[k] / kFloat};
    };
    const Quantization& out_how = how_[inputs];
    if (instructions.empty() && out_how == how_[0]) {
      if (!out_how.IsFloat()) return CopyByteTile(tile, bytes(0), bytes(inputs));
      const Matrix out = floats(inputs);
      return CopyTile(tile, floats(0), const_cast<float*>(out.data), out.row_step, out.column_step);
    }
    for (int k = 0; k < inputs; ++k) {
      if (how_[k].IsFloat()) {
        Place(tile, k, floats(k));
      } else {
        PlaceBytes(tile, k, bytes(k));
      }
    }
    const int size = tile.Size();
    const bool in_place = out_how.IsFloat() && floats(inputs).IsDense(tile);
    for (size_t i = 0; i < instructions.size(); ++i) {
      const auto& instruction = instructions[i];
      const bool is_last = i + 1 == instructions.size();
      float* const to = is_last && in_place ? reinterpret_cast<float*>(first[inputs]) : Slot(instruction.slot);
      Source a = values_[instruction.a];
      if (instruction.is_binary) {
        const Source b = values_[instruction.b];
        if (a.is_one_value && b.is_one_value) a = Spread(instruction.a, size);
        RunBinary(instruction.binary, a, b, to, size);
      } else {
        if (a.is_one_value) a = Spread(instruction.a, size);
        RunUnary(instruction.unary, a.data, to, size);
      }
      values_[size_t(inputs) + i] = {to, false};
    }
    if (in_place && !instructions.empty()) return;
    Source result = values_[size_t(inputs) + instructions.size() - 1];
    if (result.is_one_value) result = Spread(0, size);
    if (!out_how.IsFloat()) return WriteTile(tile, result.data, out_how, bytes(inputs));
    const Matrix out = floats(inputs);
    CopyTile(tile, {result.data, tile.columns, 1}, const_cast<float*>(out.data), out.row_step, out.column_step);
  }

 private:
  float* Slot(int slot) const { return scratch_ + ptrdiff_t(slot) * kTile; }

  // Makes input k a source, in a slot of its own where its elements do not follow one another; what is there from the
  // tile before stays.
  void Place(const Tile& tile, int k, const Matrix& matrix) {
    if (matrix.IsDense(tile) || matrix.IsOneValue(tile)) {
      values_[k] = {matrix.data, matrix.IsOneValue(tile)};
      held_[k] = nullptr;
      return;
    }
    if (!Holds(tile, k, matrix.data)) CopyTile(tile, matrix, Slot(k), tile.columns, 1);
    values_[k] = {Slot(k), false};
  }

  void PlaceBytes(const Tile& tile, int k, const ByteMatrix& matrix) {
    const bool is_one_value = matrix.column_step == 0 && (tile.rows == 1 || matrix.row_step == 0);
    if (is_one_value) {
      held_[k] = nullptr;
      ReadTile({1, 1}, matrix, how_[k], Slot(k));
    } else if (!Holds(tile, k, matrix.data)) {
      ReadTile(tile, matrix, how_[k], Slot(k));
    }
    values_[k] = {Slot(k), is_one_value};
  }

  // Whether the slot of input k has the tile at `data` already; from now on it does.
  bool Holds(const Tile& tile, int k, const void* data) {
    const bool holds = held_[k] == data && rows_[k] >= tile.rows && columns_[k] == tile.columns;
    held_[k] = data;
    rows_[k] = tile.rows;
    columns_[k] = tile.columns;
    return holds;
  }

  // An input of one value, as often as the tile has elements. (Results of instructions are never one value.)
  Source Spread(int k, int size) const {
    std::fill_n(Slot(k), size, *values_[k].data);
    return {Slot(k), false};
  }

  const ElementwiseCode& code_;
  const Quantization* const how_;
  float* const scratch_;
  Source values_[kMaxInputs + ElementwiseCode::kMaxInstructions];
  const void* held_[kMaxInputs] = {};
  int rows_[kMaxInputs] = {};
  int columns_[kMaxInputs] = {};
};

}  // namespace

void RunElementwise(const ElementwiseCode& code, const MapView* in, const Quantization* how, const MapView& out,
                    float* scratch, int threads) {
  const int inputs = code.Inputs();
  const Loops loops(in, how, inputs, out);
  const Axis one = {1, {}};
  const Axis& columns = loops.axes[loops.count - 1];
  // Short rows are computed several at a time.
  const bool is_short = loops.count > 1 && columns.size <= kTile / 4;
  const Axis& rows = is_short ? loops.axes[loops.count - 2] : one;
  const int outer = loops.count - (is_short ? 2 : 1);
  const int64_t most = is_short ? kTile / columns.size : kTile;
  const Axis& cut = is_short ? rows : columns;
  const int64_t pieces = (cut.size + most - 1) / most;
  int64_t tasks = pieces;
  for (int axis = 0; axis < outer; ++axis) tasks *= loops.axes[axis].size;

  const int64_t elements = int64_t(out.n) * out.h * out.w * out.c;
  const int workers = int(std::min<int64_t>(tasks, WorkersFor(elements, kLeastElements, threads)));
  ParallelFor(workers, workers, [&](int number, int) {
    Worker worker(code, how, scratch + size_t(number) * code.ScratchFloats());
    for (int64_t task = tasks * number / workers; task < tasks * (number + 1) / workers; ++task) {
      char* first[kMaxInputs + 1];
      for (int k = 0; k <= inputs; ++k) first[k] = reinterpret_cast<char*>(k < inputs ? in[k].data : out.data);
      const auto advance = [&](const Axis& axis, int64_t index) {
        for (int k = 0; k <= inputs; ++k) first[k] += index * axis.steps[k];
      };
      int64_t rest = task / pieces;
      for (int axis = outer - 1; axis >= 0; --axis) {
        advance(loops.axes[axis], rest % loops.axes[axis].size);
        rest /= loops.axes[axis].size;
      }
      const int64_t begin = task % pieces * most;
      const int taken = int(std::min(most, cut.size - begin));
      advance(cut, begin);
      worker.Run(is_short ? Tile{taken, int(columns.size)} : Tile{1, taken}, first, rows, columns);
    }
  });
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
