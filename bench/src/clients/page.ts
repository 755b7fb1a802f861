import { availableParallelism, cpus } from 'node:os';

const machine = () =>
  `${cpus()[0]!.model.trim()}, ${availableParallelism()} processors, ${process.platform} ${process.arch}, Node.js ${process.versions.node}`;

/** docs/clients.md. */
export function clientsPage(table: string, runs: number): string {
  return `# Packages that use onnxruntime, unmodified

These packages load networks with onnxruntime. Each was installed twice from npm: as it is, and with Zeroskip in
onnxruntime's place, by these lines of the project's \`package.json\`:

\`\`\`json
{
  "overrides": {
    "onnxruntime-node": "npm:@zeroskip/onnxruntime",
    "onnxruntime-web": "npm:@zeroskip/onnxruntime",
    "onnxruntime-common": "npm:@zeroskip/onnxruntime"
  }
}
\`\`\`

Both then did the same jobs on real input: a photo, a page of twelve lines of print that are of twelve widths, a
recorded speech, a drawing. A time is that of the package's own call, with all that it does before and after the
network. The two ran in two processes that took turns: a first time, which the table has by itself, then for fifteen
seconds, and ${runs} times at least; of these the table has medians.
A ratio above 1 means that Zeroskip was faster. Answers are equal when texts are the same, the shades of pictures differ
by at most 1 of 255, and other numbers by at most a thousandth. What runs on onnxruntime-web is WebAssembly without
Zeroskip, and native code with it.

${table}

Measured on ${machine()}, by

\`\`\`sh
npm run clients -- --write
\`\`\`

What each package does there, and which version of it, is a file of [bench/clients](../bench/clients).
`;
}
