// Node-API on Windows, where a DLL names the file that it takes functions from. That is another in each program: node.exe,
// electron.exe, an executable that holds node. So they are looked up in the program itself, and a function here jumps to
// the one that was found. `NAMES(X)` is generated.
#include <windows.h>

#include "node-api-names.inc"

#define SLOT(name) static void* name##_slot;
NAMES(SLOT)

#define JUMP(name) \
  __attribute__((naked)) void name(void) { __asm__("jmpq *%0" : : "m"(name##_slot)); }
NAMES(JUMP)

__attribute__((constructor)) static void FindNodeApi(void) {
  HMODULE program = GetModuleHandleA(NULL);
  if (!GetProcAddress(program, "napi_module_register")) program = GetModuleHandleA("libnode.dll");
  if (!program) return;
#define FIND(name) name##_slot = (void*)GetProcAddress(program, #name);
  NAMES(FIND)
}
