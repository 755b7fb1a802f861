import onnxruntime = require('../dist/api.cjs');

export = onnxruntime;
