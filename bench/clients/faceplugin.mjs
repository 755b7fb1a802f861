import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';

/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: 'faceplugin-face-recognition-js',
  version: '0.0.1',
  engine: 'onnxruntime-web',
  // It is source code for a bundler.
  install: { esbuild: '0.25.12', sharp: '0.35.5' },
};

const home = resolve('node_modules', 'faceplugin-face-recognition-js');

async function bundle() {
  const { build } = await import('esbuild');
  const outfile = resolve('bundle.mjs');
  await build({
    entryPoints: [join(home, 'index.js')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: [client.engine],
    logLevel: 'error',
    outfile,
  });
  return import(pathToFileURL(outfile).href);
}

/** What it needs of a page: a script that loads OpenCV, and canvases that hold pictures. */
async function makePage(pictures) {
  globalThis.window = globalThis;
  globalThis.HTMLImageElement = class {};
  globalThis.HTMLCanvasElement = class {
    constructor(picture) {
      Object.assign(this, picture);
    }
    getContext = () => ({ getImageData: () => this });
  };
  const canvases = new Map();
  for (const [id, path] of Object.entries(pictures)) {
    const { default: sharp } = await import('sharp');
    const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const pixels = { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
    canvases.set(id, new HTMLCanvasElement(pixels));
  }
  const wasm = await readFile(join(home, 'js', 'opencv_js.wasm'));
  const script = await readFile(join(home, 'js', 'opencv.js'), 'utf8');
  globalThis.document = {
    createElement: () => ({}),
    getElementById: (id) => canvases.get(id),
    body: {
      appendChild(element) {
        queueMicrotask(() => {
          globalThis.Module.wasmBinary = wasm;
          runInThisContext(script);
          element.onload();
        });
      },
    },
  };
}

export async function start({ photo }) {
  await makePage({ photo });
  const face = await bundle();
  await face.load_opencv();
  while (!face.cv) await new Promise((resolve) => setTimeout(resolve, 10));
  // Its models are beside the page.
  process.chdir(join(home, 'lib'));
  const [detection, landmark, feature, pose, expression, age, gender, liveness] = await Promise.all([
    face.loadDetectionModel(),
    face.loadLandmarkModel(),
    face.loadFeatureModel(),
    face.loadPoseModel(),
    face.loadExpressionModel(),
    face.loadAgeModel(),
    face.loadGenderModel(),
    face.loadLivenessModel(),
  ]);
  const detect = async () => {
    const { bbox } = await face.detectFace(detection, 'photo');
    return { bbox, boxes: [...bbox.data] };
  };
  return {
    'face detection': async () => (await detect()).boxes,
    'faces described': async () => {
      const { bbox, boxes } = await detect();
      const landmarks = await face.predictLandmark(landmark, 'photo', bbox);
      const features = await face.extractFeature(feature, 'photo', landmarks);
      return {
        boxes,
        landmarks: landmarks.map((each) => [...each]),
        features: features.map(({ output }) => output.data),
        pose: await face.predictPose(pose, 'photo', bbox),
        expression: await face.predictExpression(expression, 'photo', bbox),
        age: await face.predictAge(age, 'photo', bbox),
        gender: await face.predictGender(gender, 'photo', bbox),
        liveness: await face.predictLiveness(liveness, 'photo', bbox),
      };
    },
  };
}
