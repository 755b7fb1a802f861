// Representations of one image's map: the native half of @zeroskip/formats, which draws each of them, says what
// every array holds, and checks all that comes here.
#ifndef ZEROSKIP_FORMATS_FORMAT_H_
#define ZEROSKIP_FORMATS_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conv/conv_args.h"

namespace zeroskip {

enum class Element { kFloat32, kUint8, kUint16, kUint32 };

// The narrowest element that holds 0 to `max`.
inline Element IndexElement(uint64_t max) {
  if (max <= 0xff) return Element::kUint8;
  return max <= 0xffff ? Element::kUint16 : Element::kUint32;
}

// Where an encoder's arrays are made, in the order of the format.
class ArraySink {
 public:
  virtual ~ArraySink() = default;
  // `length` zeros, which live as long as the sink.
  virtual void* Make(const char* name, Element element, size_t length) = 0;

  float* MakeValues(size_t length) { return static_cast<float*>(Make("values", Element::kFloat32, length)); }

  // Calls fill(T*) with an array of the narrowest element for 0 to `max`.
  template <class F>
  void MakeIndices(const char* name, uint64_t max, size_t length, F&& fill) {
    const Element element = IndexElement(max);
    void* data = Make(name, element, length);
    if (element == Element::kUint8) return fill(static_cast<uint8_t*>(data));
    if (element == Element::kUint16) return fill(static_cast<uint16_t*>(data));
    fill(static_cast<uint32_t*>(data));
  }
};

// An array to decode.
struct ArrayView {
  Element element;
  const void* data;
  size_t length;

  const float* Values() const { return static_cast<const float*>(data); }
  uint32_t operator[](size_t i) const {
    if (element == Element::kUint8) return static_cast<const uint8_t*>(data)[i];
    if (element == Element::kUint16) return static_cast<const uint16_t*>(data)[i];
    return static_cast<const uint32_t*>(data)[i];
  }
};

// A map of spec.in_c x height x width floats, and the convolution that reads it (its output channels are unused).
struct MapGeometry {
  ConvSpec spec;
  int height, width;
  std::vector<int> parameters;  // in the order of the format's
  int target;                   // index into Targets()

  size_t Plane() const { return size_t(height) * width; }
  size_t Size() const { return spec.in_c * Plane(); }
  int PaddedHeight() const { return height + spec.pad_t + spec.pad_b; }
  int PaddedWidth() const { return width + spec.pad_l + spec.pad_r; }
  int OutHeight() const { return spec.OutH(height); }
  int OutWidth() const { return spec.OutW(width); }
};

struct Format {
  const char* id;
  void (*encode)(const MapGeometry& geometry, const float* map, ArraySink& sink);
  // `arrays` in the format's order, valid ones; `map` holds zeros.
  void (*decode)(const MapGeometry& geometry, const std::vector<ArrayView>& arrays, float* map);
};

// Null when there is none.
const Format* FindFormat(const std::string& id);

}  // namespace zeroskip

#endif  // ZEROSKIP_FORMATS_FORMAT_H_
