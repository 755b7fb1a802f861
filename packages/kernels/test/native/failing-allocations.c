// Loaded before Node (LD_PRELOAD): counts what the addon takes from the system, memory and threads, and refuses the n-th.
// ZEROSKIP_FAULTS names a file of four 64-bit numbers that the test shares with this: which one to refuse (0: none),
// how many were asked for since, how many were refused, and allocations that are not freed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct Shared {
  _Atomic int64_t refuse, asked, refused, held;
};

struct Range {
  uintptr_t begin, end;
};

static struct Shared* shared;
static struct Range addon, library, self;
static __thread int inside;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
static __typeof__(&malloc) real_malloc;
static __typeof__(&free) real_free;
static __typeof__(&mmap64) real_mmap;
static __typeof__(&munmap) real_munmap;
static __typeof__(&pthread_create) real_thread;
extern void* __libc_calloc(size_t, size_t);

static int Contains(const struct Range* range, const void* address) {
  return (uintptr_t)address >= range->begin && (uintptr_t)address < range->end;
}

static int Note(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size, (void)data;
  struct Range range = {UINTPTR_MAX, 0};
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    const uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    if (begin < range.begin) range.begin = begin;
    if (begin + info->dlpi_phdr[i].p_memsz > range.end) range.end = begin + info->dlpi_phdr[i].p_memsz;
  }
  if (strstr(info->dlpi_name, "zeroskip.node")) addon = range;
  if (strstr(info->dlpi_name, "libstdc++")) library = range;
  if (Contains(&range, (const void*)&Note)) self = range;
  return 0;
}

static void Connect(void) {
  const char* path = getenv("ZEROSKIP_FAULTS");
  const int file = path ? open(path, O_RDWR) : -1;
  if (file < 0) return;
  void* pages = real_mmap(NULL, sizeof(struct Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (pages != MAP_FAILED) shared = pages;
}

__attribute__((constructor)) static void Start(void) {
  real_malloc = REAL(malloc);
  real_free = REAL(free);
  real_mmap = REAL(mmap64);
  real_munmap = REAL(munmap);
  real_thread = REAL(pthread_create);
  void* frames[4];
  backtrace(frames, 4);  // loads what it needs now
  Connect();
}

// Whether the addon asks, itself or through the C++ library; Node's functions that the addon calls do not count.
static int IsAddon(const void* caller) {
  if (!shared || inside) return 0;
  if (addon.end == 0) {
    // `asked` is negative until the addon is loaded.
    if (shared->asked < 0) return 0;
    inside = 1;
    dl_iterate_phdr(Note, NULL);
    inside = 0;
  }
  if (Contains(&addon, caller)) return 1;
  if (!Contains(&library, caller)) return 0;
  inside = 1;
  void* frames[24];
  const int count = backtrace(frames, 24);
  inside = 0;
  for (int i = 0; i < count; ++i) {
    if (Contains(&self, frames[i]) || Contains(&library, frames[i])) continue;
    return Contains(&addon, frames[i]);
  }
  return 0;
}

static int IsRefused(void) {
  const int64_t number = ++shared->asked;
  if (shared->refuse == 0 || number != shared->refuse) return 0;
  ++shared->refused;
  return 1;
}

// What the addon holds, by address: open addressing, and a lock.
enum { kSlots = 1 << 20 };
static void* held[kSlots];
static _Atomic int lock;
static void* const kGone = (void*)1;

static size_t SlotOf(const void* pointer) { return ((uintptr_t)pointer >> 4) * 0x9e3779b97f4a7c15u >> 44; }

static void Lock(void) {
  while (atomic_exchange(&lock, 1)) {
  }
}

static void* Hold(void* pointer) {
  if (!pointer) return pointer;
  Lock();
  size_t slot = SlotOf(pointer);
  while (held[slot] && held[slot] != kGone) slot = (slot + 1) % kSlots;
  held[slot] = pointer;
  ++shared->held;
  atomic_store(&lock, 0);
  return pointer;
}

static void Drop(const void* pointer) {
  if (!shared || !pointer || addon.end == 0) return;
  Lock();
  for (size_t slot = SlotOf(pointer); held[slot]; slot = (slot + 1) % kSlots) {
    if (held[slot] != pointer) continue;
    held[slot] = kGone;
    --shared->held;
    break;
  }
  atomic_store(&lock, 0);
}

void* malloc(size_t size) {
  if (!real_malloc) return __libc_calloc(1, size);
  if (!IsAddon(__builtin_return_address(0))) return real_malloc(size);
  if (!IsRefused()) return Hold(real_malloc(size));
  errno = ENOMEM;
  return NULL;
}

void* calloc(size_t count, size_t size) {
  if (!real_malloc || !IsAddon(__builtin_return_address(0))) return __libc_calloc(count, size);
  if (!IsRefused()) return Hold(__libc_calloc(count, size));
  errno = ENOMEM;
  return NULL;
}

void free(void* pointer) {
  Drop(pointer);
  if (real_free) real_free(pointer);
}

void* mmap64(void* address, size_t length, int protection, int flags, int file, off64_t offset) {
  if (!real_mmap) real_mmap = REAL(mmap64);
  if (!IsAddon(__builtin_return_address(0))) {
    return real_mmap(address, length, protection, flags, file, offset);
  }
  if (!IsRefused()) return Hold(real_mmap(address, length, protection, flags, file, offset));
  errno = ENOMEM;
  return MAP_FAILED;
}

int munmap(void* address, size_t length) {
  if (!real_munmap) real_munmap = REAL(munmap);
  Drop(address);
  return real_munmap(address, length);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument) {
  if (!real_thread) real_thread = REAL(pthread_create);
  if (IsAddon(__builtin_return_address(0)) && IsRefused()) return EAGAIN;
  return real_thread(thread, attributes, start, argument);
}
