// See __external_threading. A thread is a worker that JavaScript starts, which enters by zeroskip_thread with a stack
// and thread-local memory of its own.
#include <__external_threading>

#include <cstdint>
#include <cstdlib>

#if defined(__wasm_atomics__)
extern "C" {
// Has a worker call zeroskip_thread(number, start, argument) as soon as it is there: nobody may wait for that, as a
// page starts it only once its own thread is idle. 0 where no worker can be had.
[[clang::import_module("zeroskip"), clang::import_name("start_thread")]] int zeroskip_start_thread(
    unsigned number, void* (*start)(void*), void* argument);
// Whether this thread may sleep; a page's own thread may not.
[[clang::import_module("zeroskip"), clang::import_name("may_sleep")]] int zeroskip_may_sleep();
}

#endif

namespace {

constexpr int64_t kForever = -1;

#if defined(__wasm_atomics__)
thread_local unsigned current = 1;
unsigned started = 1;

// V8 11 loses waits and wake-ups whose results nobody reads.
void Read(unsigned result) {
  volatile unsigned read = result;
  (void)read;
}

// Until `*address` is no longer `value`, or for `nanoseconds`, or sooner.
void Sleep(int* address, int value, int64_t nanoseconds) {
  if (zeroskip_may_sleep()) Read(__builtin_wasm_memory_atomic_wait32(address, value, nanoseconds));
}
void Wake(int* address, unsigned threads) { Read(__builtin_wasm_memory_atomic_notify(address, threads)); }
#else
constexpr unsigned current = 1;
// With one thread, nobody else is there to end a wait.
void Sleep(int*, int, int64_t nanoseconds) {
  if (nanoseconds == kForever) std::abort();
}
void Wake(int*, unsigned) {}
#endif

constexpr unsigned kEverybody = UINT32_MAX;

int Exchange(int* address, int value) { return __atomic_exchange_n(address, value, __ATOMIC_ACQ_REL); }

bool TryLock(int* mutex) {
  int free = 0;
  return __atomic_compare_exchange_n(mutex, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

}  // namespace

_LIBCPP_BEGIN_NAMESPACE_STD

int __libcpp_mutex_lock(__libcpp_mutex_t* mutex) {
  if (TryLock(mutex)) return 0;
  while (Exchange(mutex, 2) != 0) Sleep(mutex, 2, kForever);
  return 0;
}
bool __libcpp_mutex_trylock(__libcpp_mutex_t* mutex) { return TryLock(mutex); }
int __libcpp_mutex_unlock(__libcpp_mutex_t* mutex) {
  if (Exchange(mutex, 0) == 2) Wake(mutex, 1);
  return 0;
}

int __libcpp_recursive_mutex_init(__libcpp_recursive_mutex_t* mutex) {
  *mutex = {};
  return 0;
}
bool __libcpp_recursive_mutex_trylock(__libcpp_recursive_mutex_t* mutex) {
  if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != current) {
    if (!TryLock(&mutex->mutex)) return false;
    __atomic_store_n(&mutex->owner, current, __ATOMIC_RELAXED);
  }
  ++mutex->depth;
  return true;
}
int __libcpp_recursive_mutex_lock(__libcpp_recursive_mutex_t* mutex) {
  if (__libcpp_recursive_mutex_trylock(mutex)) return 0;
  __libcpp_mutex_lock(&mutex->mutex);
  __atomic_store_n(&mutex->owner, current, __ATOMIC_RELAXED);
  mutex->depth = 1;
  return 0;
}
int __libcpp_recursive_mutex_unlock(__libcpp_recursive_mutex_t* mutex) {
  if (--mutex->depth > 0) return 0;
  __atomic_store_n(&mutex->owner, 0, __ATOMIC_RELAXED);
  return __libcpp_mutex_unlock(&mutex->mutex);
}

int __libcpp_condvar_signal(__libcpp_condvar_t* signals) {
  __atomic_fetch_add(signals, 1, __ATOMIC_RELEASE);
  Wake(signals, 1);
  return 0;
}
int __libcpp_condvar_broadcast(__libcpp_condvar_t* signals) {
  __atomic_fetch_add(signals, 1, __ATOMIC_RELEASE);
  Wake(signals, kEverybody);
  return 0;
}
// Callers look at their condition again: to wake too early is allowed.
int __libcpp_condvar_wait(__libcpp_condvar_t* signals, __libcpp_mutex_t* mutex) {
  const int before = __atomic_load_n(signals, __ATOMIC_ACQUIRE);
  __libcpp_mutex_unlock(mutex);
  Sleep(signals, before, kForever);
  return __libcpp_mutex_lock(mutex);
}
int __libcpp_condvar_timedwait(__libcpp_condvar_t* signals, __libcpp_mutex_t* mutex, __libcpp_timespec_t* until) {
  const int before = __atomic_load_n(signals, __ATOMIC_ACQUIRE);
  ::timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t left = (int64_t(until->tv_sec) - now.tv_sec) * 1'000'000'000 + until->tv_nsec - now.tv_nsec;
  __libcpp_mutex_unlock(mutex);
  if (left > 0) Sleep(signals, before, left);
  __libcpp_mutex_lock(mutex);
  return left > 0 ? 0 : ETIMEDOUT;
}

int __libcpp_execute_once(__libcpp_exec_once_flag* flag, void (*initialize)()) {
  int none = 0;
  if (__atomic_compare_exchange_n(flag, &none, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    initialize();
    __atomic_store_n(flag, 2, __ATOMIC_RELEASE);
    Wake(flag, kEverybody);
  } else {
    while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) != 2) Sleep(flag, 1, kForever);
  }
  return 0;
}

__libcpp_thread_id __libcpp_thread_get_current_id() { return current; }
int __libcpp_thread_join(__libcpp_thread_t*) { return ENOSYS; }
void __libcpp_thread_yield() {}

#if defined(__wasm_atomics__)
int __libcpp_thread_create(__libcpp_thread_t* thread, void* (*start)(void*), void* argument) {
  *thread = __atomic_add_fetch(&started, 1, __ATOMIC_RELAXED);
  return zeroskip_start_thread(*thread, start, argument) ? 0 : EAGAIN;
}
#else
int __libcpp_thread_create(__libcpp_thread_t*, void* (*)(void*), void*) { return EAGAIN; }
#endif

void __libcpp_thread_sleep_for(const chrono::nanoseconds& time) {
  int nothing = 0;
  Sleep(&nothing, 0, time.count());
}

// libc++ makes two keys at most.
namespace {
constexpr unsigned kKeys = 4;
unsigned keys = 0;
#if defined(__wasm_atomics__)
thread_local
#endif
    void* values[kKeys];
}  // namespace

// Destructors are not called: threads end with their page or process.
int __libcpp_tls_create(__libcpp_tls_key* key, void (*)(void*)) {
  *key = __atomic_fetch_add(&keys, 1, __ATOMIC_RELAXED);
  return *key < kKeys ? 0 : EAGAIN;
}
void* __libcpp_tls_get(__libcpp_tls_key key) { return values[key]; }
int __libcpp_tls_set(__libcpp_tls_key key, void* value) {
  values[key] = value;
  return 0;
}

_LIBCPP_END_NAMESPACE_STD

#if defined(__wasm_atomics__)
extern "C" {
[[clang::export_name("zeroskip_thread")]] void zeroskip_thread(unsigned number, void* (*start)(void*), void* argument) {
  current = number;
  start(argument);
}
}
#endif
