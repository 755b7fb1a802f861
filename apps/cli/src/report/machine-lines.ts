import type { ModelFile } from '../files.ts';
import type { EngineVersions, Environment } from '../machine.ts';
import { IN_FLOAT32 } from '../peers/onnxruntime-float32.ts';
import { gibibytes } from './figures.ts';
import { lines } from './lines.ts';
import { shorten } from './table.ts';

/** Where figures were taken, and of what. */
export function machineLines(
  environment: Environment & Partial<EngineVersions>,
  model?: ModelFile,
): string[] {
  const { cpu, target, threads, node, os, arch, processors, memoryBytes, zeroskip, peers } = environment;
  const named = Object.entries({ zeroskip, ...peers }).map(
    ([name, version]) => `${name === IN_FLOAT32 ? 'onnxruntime' : name} ${version}`,
  );
  const engines = [...new Set(named)];
  return lines(
    `Machine      ${shorten(cpu, 80)}`,
    `System       ${os} ${arch}, ${processors} processors, ${gibibytes(memoryBytes)}`,
    `Instructions ${target}   Threads ${threads}   Node ${node}   ${engines.join('   ')}`,
    model && `Model        ${shorten(model.path, 60)} (sha256 ${model.sha256.slice(0, 12)}…)`,
  );
}
