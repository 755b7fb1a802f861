#include <algorithm>
#include <cstring>

#include "elementwise/functions-inl.h"
#include "parallel/thread_pool.h"
#include "steps/steps.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

constexpr int kMaxInputs = ElementwiseCode::kMaxInputs;
constexpr int kTile = ElementwiseCode::kTile;
constexpr int64_t kLeastElements = 8192;  // for a thread

// One loop over the output: how far each input moves with a step of it, then the output; 0 where an input is broadcast.
struct Axis {
  int64_t size;
  ptrdiff_t steps[kMaxInputs + 1];
};

// The loops over the output from the outermost on, as few as there can be.
struct Loops {
  Axis axes[4];
  int count = 0;
  int maps;

  Loops(const MapView* in, int inputs, const MapView& out) : maps(inputs + 1) {
    const int sizes[] = {out.n, out.h, out.w, out.c};
    for (int axis = 0; axis < 4; ++axis) {
      if (sizes[axis] == 1) continue;
      Axis next = {sizes[axis], {}};
      for (int k = 0; k < maps; ++k) next.steps[k] = StepOf(k < inputs ? in[k] : out, axis, sizes[axis]);
      if (count > 0 && Continues(axes[count - 1], next)) next.size *= axes[--count].size;
      axes[count++] = next;
    }
    if (count == 0) axes[count++] = {1, {}};
  }

  static ptrdiff_t StepOf(const MapView& map, int axis, int size) {
    const int own[] = {map.n, map.h, map.w, map.c};
    const ptrdiff_t steps[] = {map.image_stride, map.row_stride, map.stride, 1};
    return own[axis] == size ? steps[axis] : 0;
  }
  bool Continues(const Axis& outer, const Axis& inner) const {
    return std::equal(outer.steps, outer.steps + maps, inner.steps,
                      [&](ptrdiff_t o, ptrdiff_t i) { return o == inner.size * i; });
  }
};

// A range of the two innermost loops, as a matrix.
struct Tile {
  int rows, columns;
  int Size() const { return rows * columns; }
};

// A matrix in memory.
struct Matrix {
  const float* data;
  ptrdiff_t row_step, column_step;

  bool IsDense(const Tile& tile) const {
    return column_step == 1 && (tile.rows == 1 || row_step == tile.columns);
  }
  bool IsOneValue(const Tile& tile) const { return column_step == 0 && (tile.rows == 1 || row_step == 0); }
};

void CopyTile(const Tile& tile, const Matrix& from, float* to, ptrdiff_t row_step, ptrdiff_t column_step) {
  for (int r = 0; r < tile.rows; ++r) {
    const float* source = from.data + r * from.row_step;
    float* target = to + r * row_step;
    if (from.column_step == 1 && column_step == 1) {
      std::memcpy(target, source, size_t(tile.columns) * sizeof(float));
    } else {
      for (int c = 0; c < tile.columns; ++c) target[c * column_step] = source[c * from.column_step];
    }
  }
}

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
  Worker(const ElementwiseCode& code, float* scratch) : code_(code), scratch_(scratch) {}

  // `first[k]`: where the tile begins in input k, then in the output.
  void Run(const Tile& tile, float* const* first, const Axis& rows, const Axis& columns) {
    const int inputs = code_.Inputs();
    const Matrix out = {first[inputs], rows.steps[inputs], columns.steps[inputs]};
    const auto& instructions = code_.Instructions();
    if (instructions.empty()) {
      return CopyTile(tile, {first[0], rows.steps[0], columns.steps[0]}, first[inputs], out.row_step, out.column_step);
    }
    for (int k = 0; k < inputs; ++k) Place(tile, k, {first[k], rows.steps[k], columns.steps[k]});
    const int size = tile.Size();
    for (size_t i = 0; i < instructions.size(); ++i) {
      const auto& instruction = instructions[i];
      const bool in_place = i + 1 == instructions.size() && out.IsDense(tile);
      float* const to = in_place ? first[inputs] : Slot(instruction.slot);
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
    if (out.IsDense(tile)) return;
    CopyTile(tile, {Slot(instructions.back().slot), tile.columns, 1}, first[inputs], out.row_step, out.column_step);
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
    if (held_[k] != matrix.data || rows_[k] < tile.rows) CopyTile(tile, matrix, Slot(k), tile.columns, 1);
    held_[k] = matrix.data;
    rows_[k] = tile.rows;
    values_[k] = {Slot(k), false};
  }

  // An input of one value, as often as the tile has elements. (Results of instructions are never one value.)
  Source Spread(int k, int size) const {
    std::fill_n(Slot(k), size, *values_[k].data);
    return {Slot(k), false};
  }

  const ElementwiseCode& code_;
  float* const scratch_;
  Source values_[kMaxInputs + ElementwiseCode::kMaxInstructions];
  const float* held_[kMaxInputs] = {};
  int rows_[kMaxInputs] = {};
};

}  // namespace

void RunElementwise(const ElementwiseCode& code, const MapView* in, const MapView& out, float* scratch, int threads) {
  const int inputs = code.Inputs();
  const Loops loops(in, inputs, out);
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
    Worker worker(code, scratch + size_t(number) * code.ScratchFloats());
    for (int64_t task = tasks * number / workers; task < tasks * (number + 1) / workers; ++task) {
      float* first[kMaxInputs + 1];
      for (int k = 0; k <= inputs; ++k) first[k] = k < inputs ? in[k].data : out.data;
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
