export { prepareIsnet } from './isnet.ts';
export { photos } from './packages.ts';
