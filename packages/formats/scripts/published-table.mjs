import { readFileSync } from 'node:fs';
import { publishedTable } from '@zeroskip/formats';

const table = new URL('../../../bench/shapes/inception-v3-published.csv', import.meta.url);
console.log(publishedTable(readFileSync(table, 'utf8')));
