export { parseTensorFlowJs } from './parse.ts';
