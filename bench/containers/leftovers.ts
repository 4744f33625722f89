import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { processesOfTestRun } from '../../test/harness/leftovers.ts';
import { shortDirectoryName } from '../../src/host/runtime-directory.ts';
import type { BenchAgent } from '../agent/bench-agent.ts';
import type { Stage } from '../stage.ts';

/** What containers that are gone left on the machine, a line each: mounts, control groups, namespaces, files, processes. */
export function leftOf(stage: Stage, agent: BenchAgent): string[] {
  const known = new Set([process.pid, ...agent.pids]);
  const others = processesOfTestRun(stage.root, stage.root).filter((pid) => !known.has(pid));
  const run = `${agent.dataDir}.run`;
  const states = names(run).filter((name) => name.startsWith('containers-'));
  return [
    ...mounts(agent).filter((line) => line.includes(stage.root)),
    ...cgroups('/sys/fs/cgroup', `corex-${shortDirectoryName(agent.dataDir)}`, 6),
    ...others.map((pid) => `process ${pid}`),
    ...states.flatMap((state) => files(path.join(run, state, 'runc/containers'))),
    ...names(run)
      .filter((name) => name.startsWith('networks-'))
      .flatMap((name) => files(path.join(run, name))),
    ...files(path.join(agent.dataDir, 'images/roots')),
    ...files(path.join(agent.dataDir, 'containers/made')),
    ...files(path.join(agent.dataDir, 'containers/files')),
  ];
}

/** Those that we see, and those of agent and keeper. */
function mounts(agent: BenchAgent): string[] {
  const tables = agent.pids.map((pid) => readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n'));
  return [...new Set(tables.flat())].map((line) => `mount ${line}`);
}

/** Groups of the agent's containers, wherever they are in a hierarchy. */
function cgroups(directory: string, parent: string, depth: number): string[] {
  return names(directory).flatMap((name) => {
    const inner = path.join(directory, name);
    if (name === parent)
      return names(inner)
        .map((id) => `group ${path.join(inner, id)}`)
        .filter(isGroup);
    return depth === 0 ? [] : cgroups(inner, parent, depth - 1);
  });
}

function isGroup(line: string): boolean {
  return existsSync(path.join(line.slice('group '.length), 'cgroup.procs'));
}

function files(directory: string): string[] {
  return names(directory)
    .filter((name) => !name.startsWith('.'))
    .map((name) => `file ${path.join(directory, name)}`);
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
