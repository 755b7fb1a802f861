#ifndef ZEROSKIP_BINDING_JOB_H_
#define ZEROSKIP_BINDING_JOB_H_

#include <napi.h>

#include <functional>

namespace zeroskip {

// What an environment needs to start jobs; once, when the addon is loaded into it.
void PrepareJobs(Napi::Env env);

// Runs `work` off the main thread and settles a promise with `result`, back on it. Node's thread pool is left to files,
// and to what else others do there.
Napi::Value StartJob(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result);

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_JOB_H_
