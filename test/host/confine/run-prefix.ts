import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { type Confinement, execPrefix } from '../../../src/host/confine/exec-prefix.ts';
import { parsePrefixStatus } from '../../../src/host/confine/prefix-status.ts';
import { type ConfineTools, findConfineTools } from '../../../src/host/confine/tools.ts';
import { RUN_MARKER } from '../../../src/host/launcher.ts';

export interface PrefixOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly procsFiles?: readonly string[];
  readonly tools?: ConfineTools;
}

/** The variables every run has here. */
export const MARKED = { [RUN_MARKER]: 'job.1' };

/** Starts a program behind the prefix, as a launcher would, and tells all it said once it has ended. */
export async function runPrefix(parts: Partial<Confinement>, options: PrefixOptions = {}) {
  const started = await startPrefix(parts, options);
  const { child, said } = started;
  const [stdout, stderr] = await Promise.all([text(stream(child, 1)), text(stream(child, 2))]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { ...started, said: await said, status: parsePrefixStatus(await said), stdout, stderr, code: child.exitCode };
}

/** Starts a program behind the prefix. */
export async function startPrefix(parts: Partial<Confinement>, options: PrefixOptions = {}) {
  const { env = {}, procsFiles = [], tools = await findConfineTools() } = options;
  const confinement: Confinement = { program: '/bin/sh', args: [], ...parts };
  const prefix = execPrefix(confinement, { ...env, ...MARKED }, procsFiles, tools);
  if (prefix === undefined || 'missing' in prefix) throw new Error('There is no prefix for this');
  const child = spawn(prefix.program, prefix.args, {
    env: prefix.env,
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  return { child, said: text(stream(child, 3)) };
}

function stream(child: ChildProcess, fd: number): Readable {
  return child.stdio[fd] as Readable;
}
