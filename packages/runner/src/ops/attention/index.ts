import type { Composite, Operator } from '../common/operator.ts';
import { attentionOperator } from './attention.ts';
import { flexAttention } from './flex-attention.ts';
import { causalConvWithState, linearAttention } from './linear-attention.ts';
import { rotaryEmbedding } from './rotary-embedding.ts';

export const attentionOperators: (Operator | Composite)[] = [
  attentionOperator,
  flexAttention,
  rotaryEmbedding,
  linearAttention,
  causalConvWithState,
];
