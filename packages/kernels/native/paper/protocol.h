// The authors' own measurement (arXiv 2104.08314): one channel, one filter, stride 1, no padding, one thread. What they
// compare CPO and CPS with, written as their published code writes it: matrices stored by columns, lowered element by
// element; and the same matrices lowered by whole rows, which is faster.
#ifndef ZEROSKIP_PAPER_PROTOCOL_H_
#define ZEROSKIP_PAPER_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "target/target.h"

namespace zeroskip {

struct PaperLayer {
  const float* map;  // h x w
  int h, w;
  const float* filter;  // k_h x k_w
  int k_h, k_w;

  int OutH() const { return h - k_h + 1; }
  int OutW() const { return w - k_w + 1; }
};

enum class PaperMethod { kIm2col, kIm2colRows, kMec, kMecRows, kCscc, kCpo, kCpsColumn };
constexpr const char* kPaperMethods[] = {"im2col", "im2col-rows", "mec", "mec-rows", "csr", "cpo", "cps-column"};
constexpr int kPaperMethodCount = 7;

// The memory of the dense methods and of CSCC, which no run allocates.
struct PaperMemory {
  std::vector<float> matrix;
  std::vector<float> values;
  std::vector<uint32_t> indices, rows;

  explicit PaperMemory(const PaperLayer& layer);
};

ZS_PER_TARGET(void, PaperLower, (PaperMethod method, const PaperLayer& layer, PaperMemory* memory))
// Writes OutH x OutW sums.
ZS_PER_TARGET(void, PaperMultiply, (PaperMethod method, const PaperLayer& layer, const PaperMemory& memory, float* out))

struct PaperSamples {
  std::vector<double> lower, multiply;  // seconds
  std::vector<float> out;
};

// `rounds` times, the methods in turn; in the order of kPaperMethods.
std::vector<PaperSamples> TimePaperProtocol(const PaperLayer& layer, int target, int rounds);

}  // namespace zeroskip

#endif  // ZEROSKIP_PAPER_PROTOCOL_H_
