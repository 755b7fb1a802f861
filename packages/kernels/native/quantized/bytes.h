// Maps of 8-bit integers.
#ifndef ZEROSKIP_QUANTIZED_BYTES_H_
#define ZEROSKIP_QUANTIZED_BYTES_H_

#include <cstddef>
#include <cstdint>

#include "conv/conv_args.h"

namespace zeroskip {

enum class Element { kFloat32, kUint8, kInt8 };

inline size_t BytesOf(Element element) { return element == Element::kFloat32 ? sizeof(float) : 1; }

// What the integers of a map stand for: `scale * (q - zero)`. Floats stand for themselves.
struct Quantization {
  Element element = Element::kFloat32;
  float scale = 1;
  int zero = 0;

  bool IsFloat() const { return element == Element::kFloat32; }
  bool IsSigned() const { return element == Element::kInt8; }
  int Low() const { return IsSigned() ? -128 : 0; }
  int High() const { return IsSigned() ? 127 : 255; }
  bool operator==(const Quantization&) const = default;
};

// A channels-last map of 8-bit integers; strides count these. Those that are signed have the same bits.
struct ByteView {
  uint8_t* data;
  int n, h, w, c;
  ptrdiff_t stride, row_stride, image_stride;

  uint8_t* Pixel(int image, int y, int x) const { return data + (image * image_stride + y * row_stride + x * stride); }
};

// The view of the map whose bytes begin at `map.data`.
inline ByteView AsBytes(const MapView& map) {
  return {reinterpret_cast<uint8_t*>(map.data), map.n, map.h, map.w, map.c, map.stride, map.row_stride,
          map.image_stride};
}

}  // namespace zeroskip

#endif  // ZEROSKIP_QUANTIZED_BYTES_H_
