#include "binding/job.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "binding/guarded.h"
#include "parallel/runners.h"

namespace zeroskip {
namespace {

struct Job {
  std::function<void()> work;
  std::function<Napi::Value(Napi::Env)> result;
  napi_deferred deferred = nullptr;
  Failure failure = Failure::kNone;
  Job* following = nullptr;

  void Settle(Napi::Env env) {
    const Napi::HandleScope scope(env);
    try {
      Napi::Value value;
      if (failure == Failure::kNone) failure = Attempt([&] { value = result(env); });
      if (failure == Failure::kNone) {
        napi_resolve_deferred(env, deferred, value);
        return;
      }
      Napi::Error error = Napi::Error::New(env, MessageOf(failure));
      error.Set("code", CodeOf(failure));
      napi_reject_deferred(env, deferred, error.Value());
    } catch (const Napi::Error& error) {
      napi_reject_deferred(env, deferred, error.Value());
    }
  }
};

// The jobs of one environment. It ends once all of them have.
class Jobs {
 public:
  explicit Jobs(Napi::Env env) : env_(env) {
    const Napi::String name = Napi::String::New(env, "zeroskip");
    NAPI_THROW_IF_FAILED_VOID(env, napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                                                   this, &Deliver, &wake_));
    // Only jobs keep the environment alive.
    NAPI_THROW_IF_FAILED_VOID(env, napi_unref_threadsafe_function(env, wake_));
    // Hooks run in the opposite order: this one before that of the function.
    NAPI_THROW_IF_FAILED_VOID(env, napi_add_env_cleanup_hook(env, &End, this));
  }

  Napi::Value Start(std::unique_ptr<Job> job) {
    napi_value promise;
    NAPI_THROW_IF_FAILED(env_, napi_create_promise(env_, &job->deferred, &promise), Napi::Value());
    Job* const started = job.get();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++running_;
    }
    const Failure failure = Attempt([&] {
      RunElsewhere(this, [this, started] {
        started->failure = Attempt(started->work);
        Finish(started);
      });
    });
    if (failure == Failure::kNone) {
      job.release();
      if (unsettled_++ == 0) napi_ref_threadsafe_function(env_, wake_);
    } else {
      const std::lock_guard<std::mutex> lock(mutex_);
      --running_;
      job->failure = failure;
      job->Settle(env_);
    }
    return Napi::Value(env_, promise);
  }

 private:
  // On the job's thread.
  void Finish(Job* job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!finished_) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
    *end_ = job;
    end_ = &job->following;
    if (--running_ == 0) ended_.notify_all();
  }

  Job* TakeFinished() {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_ = &finished_;
    return std::exchange(finished_, nullptr);
  }

  static void Deliver(napi_env env, napi_value, void* context, void*) {
    if (!env) return;  // it is terminating
    Jobs& jobs = *static_cast<Jobs*>(context);
    for (Job* job = jobs.TakeFinished(); job;) {
      const std::unique_ptr<Job> done(job);
      job = job->following;
      done->Settle(env);
      if (--jobs.unsettled_ == 0) napi_unref_threadsafe_function(env, jobs.wake_);
    }
  }

  // What runs writes to arrays of the environment.
  static void End(void* context) {
    Jobs& jobs = *static_cast<Jobs*>(context);
    {
      std::unique_lock<std::mutex> lock(jobs.mutex_);
      jobs.ended_.wait(lock, [&] { return jobs.running_ == 0; });
    }
    for (Job* job = jobs.TakeFinished(); job;) {
      const std::unique_ptr<Job> done(job);
      job = job->following;
    }
  }

  const Napi::Env env_;
  napi_threadsafe_function wake_ = nullptr;
  int unsettled_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
  Job* finished_ = nullptr;
  Job** end_ = &finished_;
};

}  // namespace

void PrepareJobs(Napi::Env env) { env.SetInstanceData(new Jobs(env)); }

Napi::Value StartJob(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result) {
  auto job = std::make_unique<Job>();
  job->work = std::move(work);
  job->result = std::move(result);
  return env.GetInstanceData<Jobs>()->Start(std::move(job));
}

}  // namespace zeroskip
