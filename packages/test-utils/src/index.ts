export {
  type Comparison,
  type ConvolutionOperands,
  type ConvolutionReference,
  compareConvolution,
  convolutionReference,
  firstViolation,
  gamma,
  type Violation,
} from './compare-convolution.ts';
export { type EdgeCase, edgeCases, seededBias, seededMap, seededWeights } from './edge-cases.ts';
export { forms, SECRET } from './forms.ts';
export { bits, type MapCase, mapCases, mapsOf } from './map-cases.ts';
export { seededRandom, sparseValues } from './random.ts';
export { runSnippet, type Snippet, snippets } from './snippets.ts';
export { winogradMatrices, winogradReference } from './winograd-reference.ts';
