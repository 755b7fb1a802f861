#include "binding/values/parse.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "binding/values/arrays.h"
#include "binding/held.h"

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

ElementwiseCode ParseElementwise(const Napi::Object& o, int inputs) {
  const Napi::Array code = o.Get("code").As<Napi::Array>();
  std::vector<ElementwiseCode::Instruction> instructions;
  for (uint32_t i = 0; i < code.Length(); ++i) {
    const Napi::Object row = Napi::Value(code[i]).As<Napi::Object>();
    const bool is_binary = row.Has("b");
    instructions.push_back({is_binary, is_binary ? UnarySpec{} : ParseUnary(row, "function"),
                            is_binary ? Lookup<Binary>(kBinaryNames, row.Get("function")) : Binary{},
                            Int(row, "a"), is_binary ? Int(row, "b") : 0});
  }
  return {inputs, std::move(instructions)};
}

ResizeAxis ParseAxis(const Napi::Value& value) {
  const Napi::Object o = value.As<Napi::Object>();
  return {VectorOf<int32_t>(o.Get("low")), VectorOf<int32_t>(o.Get("high")), VectorOf<float>(o.Get("weight"))};
}

int InputsOf(const Napi::Object& step, const std::string& op) {
  if (step.Has("inputs")) return int(step.Get("inputs").As<Napi::Array>().Length());
  return op == "matmul" || (op == "conv" && step.Has("addend")) ? 2 : 1;
}

}  // namespace

ConvSpec ParseConvSpec(const Napi::Value& value) {
  const Napi::Object o = value.As<Napi::Object>();
  return {Int(o, "inChannels"), Int(o, "outChannels"), Int(o, "group"),     Int(o, "kernelH"),   Int(o, "kernelW"),
          Int(o, "strideH"),    Int(o, "strideW"),     Int(o, "dilationH"), Int(o, "dilationW"), Int(o, "padTop"),
          Int(o, "padLeft"),    Int(o, "padBottom"),   Int(o, "padRight")};
}

UnarySpec ParseActivation(const Napi::Object& object) { return ParseUnary(object, "activation"); }

QuantizedEnd ParseQuantizedEnd(const Napi::Object& o) {
  return {Lookup<QuantizedResult>(kQuantizedResultNames, o.Get("result")), Int(o, "zero"), Int(o, "low"),
          Int(o, "high"), ParseActivation(o), Float(o, "ownScale")};
}

View ParseView(const double*& numbers) {
  const double* const n = numbers;
  numbers += kViewNumbers;
  return {n[0] != 0,   size_t(n[1]),    int(n[2]),       int(n[3]),       int(n[4]), int(n[5]),
          ptrdiff_t(n[6]), ptrdiff_t(n[7]), ptrdiff_t(n[8]), {Element(int(n[9])), float(n[10]), int(n[11])}};
}

Step ParseStep(const Napi::Object& o, const double*& numbers, std::shared_ptr<Convolution> convolution,
               std::shared_ptr<Convolution> dense) {
  const std::string op = o.Get("op").As<Napi::String>();
  const int inputs = InputsOf(o, op);
  std::vector<View> views;
  for (int i = 0; i <= inputs; ++i) views.push_back(ParseView(numbers));
  if (op == "elementwise") return {ElementwiseStep{ParseElementwise(o, inputs)}, std::move(views)};
  if (op == "matmul") return {MatMulStep{o.Get("transposed").ToBoolean(), {}, {}, {}}, std::move(views)};
  if (op == "recurrent") {
    const auto kind = Lookup<Recurrent>(kRecurrentNames, o.Get("kind"));
    return {RecurrentStep{kind, o.Get("reverse").ToBoolean(), {}, {}, {}, {}, {}, {}}, std::move(views)};
  }
  if (op == "reduce") return {ReduceStep{Lookup<Reduction>(kReductionNames, o.Get("kind")), {}, {}}, std::move(views)};
  if (op == "conv") {
    return {ConvStep{std::move(convolution), o.Get("addFirst").ToBoolean(), std::move(dense),
                     o.Get("denseAbove").ToNumber().DoubleValue(), o.Has("chain") ? Int(o, "chain") : 1},
            views};
  }
  if (op == "pool") {
    return {PoolStep{o.Get("kind").As<Napi::String>().Utf8Value() == "max", Int(o, "kernelH"), Int(o, "kernelW"),
                     Int(o, "strideH"), Int(o, "strideW"), Int(o, "dilationH"), Int(o, "dilationW"),
                     Int(o, "padTop"), Int(o, "padLeft"), Int(o, "padBottom"), Int(o, "padRight"),
                     o.Get("countIncludePad").ToBoolean(), {}, {}},
            views};
  }
  if (op == "quantizedConv") {
    return {QuantizedConvStep{Unwrap<QuantizedConvolution>(o.Get("quantized")), o.Get("dynamic").ToBoolean(),
                              o.Get("adds").ToBoolean(), o.Get("addFirst").ToBoolean()},
            std::move(views)};
  }
  if (op == "range") return {RangeStep{}, std::move(views)};
  if (op == "resize") return {ResizeStep{ParseAxis(o.Get("rows")), ParseAxis(o.Get("columns")), {}, {}}, views};
  if (op == "toChannelsLast") return {ToChannelsLastStep{}, views};
  if (op == "toChannelsFirst") return {ToChannelsFirstStep{}, views};
  if (op == "softmax") return {SoftmaxStep{}, views};
  throw Napi::Error::New(o.Env(), "Unknown native step " + op + ".");
}

}  // namespace zeroskip
