// What Debian's libstdc++ and libgcc ask of glibc and musl does not have, so that a program of musl can use them.
#define _GNU_SOURCE
#include <locale.h>
#include <sys/random.h>
#include <time.h>

char __libc_single_threaded = 0;
struct {
  unsigned words[4];
} __cpu_model;

int __cpu_indicator_init(void) { return 0; }
// Found nothing: the addon has an unwinder of its own.
int _dl_find_object(void* address, void* result) { return -1; }
int __cxa_thread_atexit_impl(void (*destroy)(void*), void* object, void* module) { return 0; }

unsigned arc4random(void) {
  unsigned value = 0;
  getrandom(&value, sizeof(value), 0);
  return value;
}

size_t __strftime_l(char* to, size_t size, const char* format, const struct tm* time, locale_t locale) {
  return strftime_l(to, size, format, time, locale);
}
