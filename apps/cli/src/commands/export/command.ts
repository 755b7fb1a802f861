import { writeWhole } from '@zeroskip/batch';
import { exportOnnx } from '@zeroskip/runner';
import { Argument } from 'commander';
import { commandOf, modelArgument, option } from '../../options.ts';
import type { Terminal } from '../../terminal.ts';

interface ExportOptions {
  readonly followLinks?: true;
}

async function writeOnnx(model: string, output: string, options: ExportOptions, terminal: Terminal) {
  const bytes = await exportOnnx(model, options);
  await writeWhole('ONNX file', output, bytes);
  terminal.print(`${output}: ${bytes.length} bytes`);
}

export const exportCommand = (terminal: Terminal) =>
  commandOf(
    'export',
    'write a TensorFlow.js or TensorFlow Lite model as an ONNX file, for engines that know no other',
    [modelArgument(), new Argument('<output>', 'where the ONNX file goes'), option.followLinks()],
  )
    .addHelpText('after', '\nExample:\n  zeroskip export net/model.json net.onnx')
    .action((model: string, output: string, options: ExportOptions) =>
      writeOnnx(model, output, options, terminal),
    );
