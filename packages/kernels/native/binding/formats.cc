#include "binding/formats.h"

#include "binding/guarded.h"
#include "binding/parse.h"
#include "formats/format.h"

namespace zeroskip {
namespace {

const char* ClassName(Element element) {
  switch (element) {
    case Element::kFloat32:
      return "Float32Array";
    case Element::kUint8:
      return "Uint8Array";
    case Element::kUint16:
      return "Uint16Array";
    case Element::kUint32:
      return "Uint32Array";
  }
  return "";
}

// JavaScript's own constructor throws a RangeError where there is no memory; Node-API's function ends the process.
Napi::TypedArray NewArray(Napi::Env env, Element element, size_t length) {
  const Napi::Function constructor = env.Global().Get(ClassName(element)).As<Napi::Function>();
  return constructor.New({Napi::Number::New(env, double(length))}).As<Napi::TypedArray>();
}

void* DataOf(const Napi::TypedArray& array) {
  return static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
}

class ObjectSink : public ArraySink {
 public:
  explicit ObjectSink(Napi::Env env) : arrays_(Napi::Object::New(env)) {}

  void* Make(const char* name, Element element, size_t length) override {
    const Napi::TypedArray array = NewArray(arrays_.Env(), element, length);
    arrays_[name] = array;
    return DataOf(array);
  }
  Napi::Object Arrays() const { return arrays_; }

 private:
  Napi::Object arrays_;
};

ArrayView ParseArray(const Napi::Value& value) {
  const Napi::TypedArray array = value.As<Napi::TypedArray>();
  const auto view = [&](Element element) { return ArrayView{element, DataOf(array), array.ElementLength()}; };
  switch (array.TypedArrayType()) {
    case napi_float32_array:
      return view(Element::kFloat32);
    case napi_uint8_array:
      return view(Element::kUint8);
    case napi_uint16_array:
      return view(Element::kUint16);
    case napi_uint32_array:
      return view(Element::kUint32);
    default:
      throw Napi::Error::New(value.Env(), "Unknown element of an encoded map.");
  }
}

const Format& ParseFormat(const Napi::Value& id) {
  const Format* format = FindFormat(id.As<Napi::String>());
  if (!format) throw Napi::Error::New(id.Env(), "Unknown format.");
  return *format;
}

MapGeometry ParseGeometry(const Napi::Value& value) {
  const Napi::Object o = value.As<Napi::Object>();
  MapGeometry geometry = {ParseConvSpec(o.Get("spec")), o.Get("height").ToNumber().Int32Value(),
                          o.Get("width").ToNumber().Int32Value(), {}, SelectedTarget()};
  const Napi::Array parameters = o.Get("parameters").As<Napi::Array>();
  for (uint32_t i = 0; i < parameters.Length(); ++i) {
    geometry.parameters.push_back(Napi::Value(parameters[i]).ToNumber().Int32Value());
  }
  return geometry;
}

Napi::Value EncodeMap(const Napi::CallbackInfo& info) {
  ObjectSink sink(info.Env());
  ParseFormat(info[0]).encode(ParseGeometry(info[1]), info[2].As<Napi::Float32Array>().Data(), sink);
  return sink.Arrays();
}

Napi::Value DecodeMap(const Napi::CallbackInfo& info) {
  const MapGeometry geometry = ParseGeometry(info[1]);
  const Napi::Array arrays = info[2].As<Napi::Array>();
  std::vector<ArrayView> views;
  for (uint32_t i = 0; i < arrays.Length(); ++i) views.push_back(ParseArray(arrays[i]));
  const Napi::TypedArray map = NewArray(info.Env(), Element::kFloat32, geometry.Size());
  ParseFormat(info[0]).decode(geometry, views, static_cast<float*>(DataOf(map)));
  return map;
}

}  // namespace

void ExportFormats(Napi::Object exports) {
  Export(exports, "encodeMap", Guarded<EncodeMap>);
  Export(exports, "decodeMap", Guarded<DecodeMap>);
}

}  // namespace zeroskip
