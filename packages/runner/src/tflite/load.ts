export { parseTensorFlowLite } from './parse.ts';
