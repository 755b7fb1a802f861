import { defineConfig } from 'tsup';
import base from '../../tsup.config.base.ts';

// Programs ask tensors for the name of their class.
export default defineConfig({ ...base, keepNames: true });
