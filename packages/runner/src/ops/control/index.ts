import { ifOperator } from './if.ts';
import { loop } from './loop.ts';
import { scan } from './scan.ts';

export const controlOperators = [ifOperator, loop, scan];
