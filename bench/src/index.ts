export { prepareIsnet } from './isnet.ts';
export { nsfwModels, prepareNsfw } from './nsfw.ts';
export { photos } from './packages.ts';
