import type { InputShape } from '@zeroskip/batch';
import { addonPath } from '@zeroskip/kernels';
import { checkModel, type ModelReport } from '@zeroskip/runner';
import { ZeroskipError } from '@zeroskip/tensor';
import { writeJson } from '../../files.ts';
import { commandOf, modelArgument, option } from '../../options.ts';
import type { Terminal } from '../../terminal.ts';
import { checkText } from './text.ts';

interface CheckOptions {
  readonly shape?: InputShape;
  readonly followLinks?: true;
  readonly json?: string;
}

/** @throws with code `ERR_UNSUPPORTED_OPERATOR` where the model cannot run, after all was said */
function assertRuns({ operators }: ModelReport): void {
  const missing = operators.filter(({ execution }) => execution === 'missing').map(({ opType }) => opType);
  if (missing.length === 0) return;
  const received = missing.join(', ');
  const expected = 'operators that @zeroskip/runner implements';
  throw new ZeroskipError(`Expected ${expected}, received ${received}.`, {
    code: 'ERR_UNSUPPORTED_OPERATOR',
    expected,
    received,
  });
}

async function check(model: string, options: CheckOptions, terminal: Terminal): Promise<void> {
  const { shape, followLinks = false, json } = options;
  const shapes = shape && { [shape.name ?? (await onlyInputName(model, followLinks))]: shape.dims };
  const report = await checkModel(model, { followLinks, ...(shapes && { shapes }) });
  await writeJson(json, report);
  terminal.print(checkText(report, addonPath().endsWith('.wasm') ? 'WebAssembly' : 'native'));
  assertRuns(report);
}

async function onlyInputName(model: string, followLinks: boolean): Promise<string> {
  const { inputs } = await checkModel(model, { followLinks });
  return inputs[0]?.name ?? '';
}

export const checkCommand = (terminal: Terminal) =>
  commandOf(
    'check',
    'load a network without running it, and say how each operator would run and what to mend',
    [modelArgument(), option.shape(), option.followLinks(), option.json()],
  )
    .addHelpText(
      'after',
      '\nExit status 1 where an operator is missing.\n\nExample:\n  zeroskip check model.onnx --shape 1x3x480x640',
    )
    .action((model: string, options: CheckOptions) => check(model, options, terminal));
