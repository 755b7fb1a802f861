#include "paper/protocol.h"

#include <cstring>

#include "simd/vectors-inl.h"

namespace zeroskip {
namespace ZS_TARGET {
namespace {

// Column (ky, kx) of the matrix holds that tap of every output.
void LowerIm2col(const PaperLayer& layer, float* matrix) {
  const size_t outputs = size_t(layer.OutH()) * layer.OutW();
  for (int y = 0, output = 0; y < layer.OutH(); ++y) {
    for (int x = 0; x < layer.OutW(); ++x, ++output) {
      float* to = matrix + output;
      for (int ky = 0; ky < layer.k_h; ++ky) {
        for (int kx = 0; kx < layer.k_w; ++kx, to += outputs) *to = layer.map[(y + ky) * layer.w + x + kx];
      }
    }
  }
}

void LowerIm2colRows(const PaperLayer& layer, float* matrix) {
  for (int ky = 0; ky < layer.k_h; ++ky) {
    for (int kx = 0; kx < layer.k_w; ++kx) {
      for (int y = 0; y < layer.OutH(); ++y, matrix += layer.OutW()) {
        std::memcpy(matrix, layer.map + (y + ky) * layer.w + kx, layer.OutW() * sizeof(float));
      }
    }
  }
}

// Column (row, kx) of the matrix holds that element of every slab.
void LowerMec(const PaperLayer& layer, float* matrix) {
  for (int x = 0; x < layer.OutW(); ++x) {
    float* to = matrix + x;
    for (int row = 0; row < layer.h; ++row) {
      for (int kx = 0; kx < layer.k_w; ++kx, to += layer.OutW()) *to = layer.map[row * layer.w + x + kx];
    }
  }
}

void LowerMecRows(const PaperLayer& layer, float* matrix) {
  for (int row = 0; row < layer.h; ++row) {
    for (int kx = 0; kx < layer.k_w; ++kx, matrix += layer.OutW()) {
      std::memcpy(matrix, layer.map + row * layer.w + kx, layer.OutW() * sizeof(float));
    }
  }
}

// The matrix of MEC, of which each slab is a row, in compressed sparse rows.
void LowerCscc(const PaperLayer& layer, PaperMemory* memory) {
  uint32_t count = 0;
  for (int x = 0; x < layer.OutW(); ++x) {
    memory->rows[x] = count;
    uint32_t index = 0;
    for (int row = 0; row < layer.h; ++row) {
      for (int kx = 0; kx < layer.k_w; ++kx, ++index) {
        const float value = layer.map[row * layer.w + x + kx];
        memory->values[count] = value;
        memory->indices[count] = index;
        count += value != 0;
      }
    }
  }
  memory->rows[layer.OutW()] = count;
}

// out = matrix * filter, for a matrix of `rows` rows that is stored by columns.
void MultiplyColumns(const float* matrix, size_t rows, const float* filter, int columns, float* out) {
  const D d;
  size_t row = 0;
  const auto sums = [&](int count) {
    V sum = hn::Zero(d);
    const float* from = matrix + row;
    for (int k = 0; k < columns; ++k, from += rows) {
      sum = hn::MulAdd(count == kLanes ? hn::LoadU(d, from) : LoadPartial(from, count), hn::Set(d, filter[k]), sum);
    }
    return sum;
  };
  for (; row + kLanes <= rows; row += kLanes) hn::StoreU(sums(kLanes), d, out + row);
  if (row < rows) StorePartial(sums(int(rows - row)), out + row, int(rows - row));
}

void MultiplyCscc(const PaperLayer& layer, const PaperMemory& memory, float* out) {
  const int out_h = layer.OutH();
  const int out_w = layer.OutW();
  std::fill(out, out + size_t(out_h) * out_w, 0.0f);
  const uint32_t k_w = uint32_t(layer.k_w);
  for (int x = 0; x < out_w; ++x) {
    for (uint32_t i = memory.rows[x]; i < memory.rows[x + 1]; ++i) {
      const int row = int(memory.indices[i] / k_w);
      const float* const taps = layer.filter + memory.indices[i] % k_w;
      for (int ky = std::max(0, row - out_h + 1); ky < layer.k_h && ky <= row; ++ky) {
        out[(row - ky) * out_w + x] += memory.values[i] * taps[ky * layer.k_w];
      }
    }
  }
}

}  // namespace

void PaperLower(PaperMethod method, const PaperLayer& layer, PaperMemory* memory) {
  float* const matrix = memory->matrix.data();
  if (method == PaperMethod::kIm2col) LowerIm2col(layer, matrix);
  if (method == PaperMethod::kIm2colRows) LowerIm2colRows(layer, matrix);
  if (method == PaperMethod::kMec) LowerMec(layer, matrix);
  if (method == PaperMethod::kMecRows) LowerMecRows(layer, matrix);
  if (method == PaperMethod::kCscc) LowerCscc(layer, memory);
}

void PaperMultiply(PaperMethod method, const PaperLayer& layer, const PaperMemory& memory, float* out) {
  const int taps = layer.k_h * layer.k_w;
  const size_t out_w = size_t(layer.OutW());
  if (method == PaperMethod::kCscc) {
    MultiplyCscc(layer, memory, out);
  } else if (method == PaperMethod::kMec || method == PaperMethod::kMecRows) {
    for (int y = 0; y < layer.OutH(); ++y) {
      MultiplyColumns(memory.matrix.data() + y * layer.k_w * out_w, out_w, layer.filter, taps, out + y * out_w);
    }
  } else {
    MultiplyColumns(memory.matrix.data(), layer.OutH() * out_w, layer.filter, taps, out);
  }
}

}  // namespace ZS_TARGET
}  // namespace zeroskip
