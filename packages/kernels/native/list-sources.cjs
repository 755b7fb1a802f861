// Lists the C++ sources for binding.gyp: `simd` are compiled once per instruction set, `plain` once.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const wantSimd = process.argv[2] === 'simd';
for (const file of readdirSync(__dirname, { recursive: true }).sort()) {
  if (file.endsWith('.cc') && file.endsWith('-simd.cc') === wantSimd) {
    console.log(join('native', file).replaceAll('\\', '/'));
  }
}
