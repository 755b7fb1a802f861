#ifndef ZEROSKIP_BINDING_JOB_H_
#define ZEROSKIP_BINDING_JOB_H_

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>

#include "binding/guarded.h"

namespace zeroskip {

// Runs `work` off the main thread and settles a promise with `result`, back on it.
class Job : public Napi::AsyncWorker {
 public:
  Job(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result)
      : Napi::AsyncWorker(env), work_(std::move(work)), result_(std::move(result)) {}

  static Napi::Value Start(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result) {
    auto job = std::make_unique<Job>(env, std::move(work), std::move(result));
    napi_value promise;
    NAPI_THROW_IF_FAILED(env, napi_create_promise(env, &job->deferred_, &promise), Napi::Value());
    job->Queue();
    job.release();  // it ends itself
    return Napi::Value(env, promise);
  }

  void OnExecute(Napi::Env) override { failure_ = Attempt(work_); }
  void Execute() override {}

  // Also called where the environment is terminating: nothing can be settled then, and nobody waits.
  void OnWorkComplete(Napi::Env env, napi_status) override {
    const std::unique_ptr<Job> self(this);
    const Napi::HandleScope scope(env);
    try {
      Napi::Value value;
      if (failure_ == Failure::kNone) failure_ = Attempt([&] { value = result_(env); });
      if (failure_ == Failure::kNone) {
        napi_resolve_deferred(env, deferred_, value);
        return;
      }
      Napi::Error error = Napi::Error::New(env, MessageOf(failure_));
      error.Set("code", CodeOf(failure_));
      napi_reject_deferred(env, deferred_, error.Value());
    } catch (const Napi::Error& error) {
      napi_reject_deferred(env, deferred_, error.Value());
    }
  }

 private:
  std::function<void()> work_;
  std::function<Napi::Value(Napi::Env)> result_;
  napi_deferred deferred_ = nullptr;
  Failure failure_ = Failure::kNone;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_JOB_H_
