import type { Operator } from '../common/operator.ts';
import { dft } from './dft.ts';
import { stft } from './stft.ts';
import { windowOperators } from './windows.ts';

export const signalOperators: Operator[] = [dft, stft, ...windowOperators];
