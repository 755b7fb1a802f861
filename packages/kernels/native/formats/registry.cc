#include "formats/format.h"

namespace zeroskip {

#define ZS_FORMAT(name) extern const Format k##name##Format;
#include "formats/formats.inc"
#undef ZS_FORMAT

const Format* FindFormat(const std::string& id) {
  static constexpr const Format* kAll[] = {
#define ZS_FORMAT(name) &k##name##Format,
#include "formats/formats.inc"
#undef ZS_FORMAT
  };
  for (const Format* format : kAll) {
    if (id == format->id) return format;
  }
  return nullptr;
}

}  // namespace zeroskip
