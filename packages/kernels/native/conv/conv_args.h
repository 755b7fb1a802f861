// One convolution: geometry, views, and what a run reports.
#ifndef ZEROSKIP_CONV_CONV_ARGS_H_
#define ZEROSKIP_CONV_CONV_ARGS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "elementwise/functions.h"

namespace zeroskip {

struct ConvSpec {
  int in_c, out_c, group;
  int k_h, k_w, s_h, s_w, d_h, d_w;
  int pad_t, pad_l, pad_b, pad_r;

  int GroupIn() const { return in_c / group; }
  int GroupOut() const { return out_c / group; }
  int OutH(int in_h) const { return (in_h + pad_t + pad_b - (k_h - 1) * d_h - 1) / s_h + 1; }
  int OutW(int in_w) const { return (in_w + pad_l + pad_r - (k_w - 1) * d_w - 1) / s_w + 1; }
};

// A channels-last map: element (n, y, x, c) is data[n * image_stride + y * row_stride + x * stride + c].
struct MapView {
  float* data;
  int n, h, w, c;
  ptrdiff_t stride, row_stride, image_stride;

  float* Pixel(int image, int y, int x) const {
    return data + (image * image_stride + y * row_stride + x * stride);
  }
  // Whether all pixels are `stride` apart, also those of neighbouring rows and images.
  bool IsEven() const { return row_stride == w * stride && image_stride == h * row_stride; }
  size_t Bytes() const { return size_t(n) * h * w * c * sizeof(float); }
};

// What a run took, in seconds, and the bytes that its products read for the map: of lists or a lowered matrix, as often
// as it wrote them, or of the map where it lies.
struct ConvTimes {
  bool timed = true;  // whether the seconds are wanted
  double encode = 0;
  double compute = 0;
  size_t lowered = 0;
  // Multiply-adds that were done, by algorithms that count them.
  size_t products = 0;
};

// More threads than this never run one convolution.
constexpr int kMaxWorkers = 256;

// What each worker of a run took.
class WorkerTimes {
 public:
  WorkerTimes(int workers, ConvTimes* total) : total_(total), workers_(workers) {
    std::uninitialized_fill_n(times_, workers, ConvTimes{total->timed});
  }

  ConvTimes& operator[](int worker) { return times_[worker]; }
  // Adds the mean over the workers to the total's seconds, which is what a person who waits sees, and all bytes.
  void AddUp() const {
    for (int i = 0; i < workers_; ++i) {
      total_->encode += times_[i].encode / workers_;
      total_->compute += times_[i].compute / workers_;
      total_->lowered += times_[i].lowered;
      total_->products += times_[i].products;
    }
  }

 private:
  ConvTimes* total_;
  int workers_;
  // Of the workers there are: to clear all takes longer than many a layer.
  union {
    ConvTimes times_[kMaxWorkers];
  };
};

// What follows the sum over all products of an output: the activation, and a value of another map, in either order.
struct ConvEnd {
  UnarySpec activation;
  bool add_first;  // the map comes before the activation
};

struct ConvConfig;

struct ConvArgs {
  const ConvConfig* config;
  const ConvSpec* spec;
  MapView in;
  MapView out;
  const float* packed;  // by the algorithm's prepare, 64-byte aligned
  const float* bias;    // one value per output channel, readable up to a multiple of 64
  ConvEnd end;
  MapView addend;  // of the output's dims; no data: nothing is added
  char* scratch;  // scratch_bytes(...) bytes, 64-byte aligned
  int threads;
  ConvTimes* times;

  const float* AddendAt(int image, int y, int x, int channel) const {
    return addend.data ? addend.Pixel(image, y, x) + channel : nullptr;
  }
};

}  // namespace zeroskip

#endif  // ZEROSKIP_CONV_CONV_ARGS_H_
