#ifndef ZEROSKIP_BINDING_JOB_H_
#define ZEROSKIP_BINDING_JOB_H_

#include <napi.h>

#include <functional>
#include <new>
#include <utility>

namespace zeroskip {

// Runs `work` off the main thread and settles a promise with `result`, back on it.
class Job : public Napi::AsyncWorker {
 public:
  Job(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result)
      : Napi::AsyncWorker(env), work_(std::move(work)), result_(std::move(result)), deferred_(env) {}

  static Napi::Value Start(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result) {
    auto* job = new Job(env, std::move(work), std::move(result));
    const Napi::Promise promise = job->deferred_.Promise();
    job->Queue();
    return promise;
  }

 protected:
  void Execute() override {
    try {
      work_();
    } catch (const std::bad_alloc&) {
      SetError("The native addon is out of memory.");
    }
  }
  void OnOK() override {
    const Napi::HandleScope scope(Env());
    deferred_.Resolve(result_(Env()));
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  std::function<void()> work_;
  std::function<Napi::Value(Napi::Env)> result_;
  Napi::Promise::Deferred deferred_;
};

}  // namespace zeroskip

#endif  // ZEROSKIP_BINDING_JOB_H_
