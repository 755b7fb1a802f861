import { base, withBrowser } from '../../tsup.config.base.ts';

export default withBrowser({
  ...base,
  entry: { index: 'src/index.ts', 'onnx-writer': 'src/onnx/write-model.ts' },
});
