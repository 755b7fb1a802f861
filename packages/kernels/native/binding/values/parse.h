// From the plain objects of src/addon.ts to native structures.
#ifndef ZEROSKIP_BINDING_VALUES_PARSE_H_
#define ZEROSKIP_BINDING_VALUES_PARSE_H_

#include <napi.h>

#include <memory>

#include "program/program.h"

namespace zeroskip {

ConvSpec ParseConvSpec(const Napi::Value& value);
UnarySpec ParseActivation(const Napi::Object& object);
QuantizedEnd ParseQuantizedEnd(const Napi::Object& object);
// Numbers of a view, as createProgram in src/addon.ts has them.
constexpr size_t kViewNumbers = 12;
// Takes a view from `numbers`, and moves that on past it.
View ParseView(const double*& numbers);
// Takes the views of the step, in its operation's order, from `numbers`, and moves that on past them.
Step ParseStep(const Napi::Object& object, const double*& numbers, std::shared_ptr<Convolution> convolution,
               std::shared_ptr<Convolution> dense);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_VALUES_PARSE_H_
