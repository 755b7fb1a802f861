import type { Operator } from '../common/operator.ts';
import { attentionOperator } from './attention.ts';
import { rotaryEmbedding } from './rotary-embedding.ts';

export const attentionOperators: Operator[] = [attentionOperator, rotaryEmbedding];
