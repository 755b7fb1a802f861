#include "binding/parse.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace zeroskip {
namespace {

int Int(const Napi::Object& object, const char* key) { return object.Get(key).ToNumber().Int32Value(); }
float Float(const Napi::Object& object, const char* key) { return object.Get(key).ToNumber().FloatValue(); }

// The index of a name among those of an enumeration.
template <class E, size_t kCount>
E Lookup(const char* const (&names)[kCount], const Napi::Value& value) {
  const std::string name = value.As<Napi::String>();
  const auto found = std::find(std::begin(names), std::end(names), name);
  if (found == std::end(names)) throw Napi::Error::New(value.Env(), "Unknown name in a native step.");
  return E(found - std::begin(names));
}

UnarySpec ParseUnary(const Napi::Object& o, const char* key) {
  return {Lookup<Unary>(kUnaryNames, o.Get(key)), Float(o, "alpha"), Float(o, "beta")};
}

ElementwiseCode ParseElementwise(const Napi::Object& o) {
  const Napi::Array code = o.Get("code").As<Napi::Array>();
  std::vector<ElementwiseCode::Instruction> instructions;
  for (uint32_t i = 0; i < code.Length(); ++i) {
    const Napi::Object row = Napi::Value(code[i]).As<Napi::Object>();
    const bool is_binary = row.Has("b");
    instructions.push_back({is_binary, is_binary ? UnarySpec{} : ParseUnary(row, "function"),
                            is_binary ? Lookup<Binary>(kBinaryNames, row.Get("function")) : Binary{},
                            Int(row, "a"), is_binary ? Int(row, "b") : 0});
  }
  return {int(o.Get("inputs").As<Napi::Array>().Length()), std::move(instructions)};
}

ResizeAxis ParseAxis(const Napi::Value& value) {
  const Napi::Object o = value.As<Napi::Object>();
  const auto low = o.Get("low").As<Napi::Int32Array>();
  const auto high = o.Get("high").As<Napi::Int32Array>();
  const auto weight = o.Get("weight").As<Napi::Float32Array>();
  return {{low.Data(), low.Data() + low.ElementLength()},
          {high.Data(), high.Data() + high.ElementLength()},
          {weight.Data(), weight.Data() + weight.ElementLength()}};
}

}  // namespace

ConvSpec ParseConvSpec(const Napi::Value& value) {
  const Napi::Object o = value.As<Napi::Object>();
  return {Int(o, "inChannels"), Int(o, "outChannels"), Int(o, "group"),     Int(o, "kernelH"),   Int(o, "kernelW"),
          Int(o, "strideH"),    Int(o, "strideW"),     Int(o, "dilationH"), Int(o, "dilationW"), Int(o, "padTop"),
          Int(o, "padLeft"),    Int(o, "padBottom"),   Int(o, "padRight")};
}

UnarySpec ParseActivation(const Napi::Object& object) { return ParseUnary(object, "activation"); }

View ParseView(const Napi::Value& value) {
  const Napi::Object o = value.As<Napi::Object>();
  return {o.Get("constant").ToBoolean(),
          size_t(o.Get("offset").ToNumber().Int64Value()),
          Int(o, "n"),
          Int(o, "h"),
          Int(o, "w"),
          Int(o, "c"),
          ptrdiff_t(o.Get("pixelStride").ToNumber().Int64Value())};
}

Step ParseStep(const Napi::Object& o, std::shared_ptr<Convolution> convolution, std::shared_ptr<Convolution> dense) {
  const std::string op = o.Get("op").As<Napi::String>();
  if (op == "elementwise") {
    const Napi::Array inputs = o.Get("inputs").As<Napi::Array>();
    std::vector<View> views;
    for (uint32_t i = 0; i < inputs.Length(); ++i) views.push_back(ParseView(inputs[i]));
    views.push_back(ParseView(o.Get("output")));
    return {ElementwiseStep{ParseElementwise(o)}, std::move(views)};
  }
  if (op == "matmul") {
    return {MatMulStep{o.Get("transposed").ToBoolean(), {}, {}, {}},
            {ParseView(o.Get("a")), ParseView(o.Get("b")), ParseView(o.Get("output"))}};
  }
  std::vector<View> views = {ParseView(o.Get("input")), ParseView(o.Get("output"))};
  if (op == "conv") {
    if (o.Has("addend")) views.insert(views.begin() + 1, ParseView(o.Get("addend")));
    return {ConvStep{std::move(convolution), o.Get("addFirst").ToBoolean(), std::move(dense),
                     o.Get("denseAbove").ToNumber().DoubleValue()},
            views};
  }
  if (op == "pool") {
    return {PoolStep{o.Get("kind").As<Napi::String>().Utf8Value() == "max", Int(o, "kernelH"), Int(o, "kernelW"),
                     Int(o, "strideH"), Int(o, "strideW"), Int(o, "dilationH"), Int(o, "dilationW"),
                     Int(o, "padTop"), Int(o, "padLeft"), Int(o, "padBottom"), Int(o, "padRight"),
                     o.Get("countIncludePad").ToBoolean(), {}, {}},
            views};
  }
  if (op == "resize") return {ResizeStep{ParseAxis(o.Get("rows")), ParseAxis(o.Get("columns")), {}, {}}, views};
  if (op == "toChannelsLast") return {ToChannelsLastStep{}, views};
  if (op == "toChannelsFirst") return {ToChannelsFirstStep{}, views};
  if (op == "softmax") return {SoftmaxStep{}, views};
  throw Napi::Error::New(o.Env(), "Unknown native step " + op + ".");
}

}  // namespace zeroskip
