#include "formats/channels_last.h"

#include "steps/steps.h"

namespace zeroskip {
namespace {

MapView ViewOf(const MapGeometry& g, float* data) {
  return {data, 1, g.height, g.width, g.spec.in_c, g.spec.in_c};
}

}  // namespace

ChannelsLast::ChannelsLast(const MapGeometry& geometry) : geometry_(geometry), values_(geometry.Size(), Fill::kZeros) {}

ChannelsLast::ChannelsLast(const MapGeometry& geometry, const float* map)
    : geometry_(geometry), values_(geometry.Size()) {
  RunToChannelsLastFor(geometry.target)({ViewOf(geometry, const_cast<float*>(map)), ViewOf(geometry, values_.Data())},
                                        1);
}

void ChannelsLast::CopyTo(float* map) const {
  RunToChannelsFirstFor(geometry_.target)({ViewOf(geometry_, values_.Data()), ViewOf(geometry_, map)}, 1);
}

}  // namespace zeroskip
