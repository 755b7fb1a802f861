import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from 'tsup';
import base from '../../tsup.config.base.ts';

const outDir = process.env.ZEROSKIP_OUT_DIR ?? 'dist';

/** The types of the entry: those of the API, and as default their module, whose types a bundle of both would lose. */
const types = (api: string) =>
  `import * as onnxruntime from '${api}';\nexport * from '${api}';\nexport default onnxruntime;\n`;

export default defineConfig({
  ...base,
  outDir,
  dts: { entry: { api: 'src/api/index.ts' } },
  // Programs ask tensors for the name of their class.
  keepNames: true,
  onSuccess: async () => {
    await writeFile(join(outDir, 'index.d.ts'), types('./api.js'));
    await writeFile(join(outDir, 'index.d.cts'), types('./api.cjs'));
  },
});
