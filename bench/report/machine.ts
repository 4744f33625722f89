import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where and from what the figures come. */
export interface MachineFacts {
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  /** Of the temporary directory, which the agents keep their data in. */
  readonly fileSystem: string;
  readonly node: string;
  readonly commit: string;
  readonly load: string;
}

export function machineFacts(directory: string): MachineFacts {
  const [processor] = os.cpus();
  return {
    processor: processor?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    kernel: `${os.type()} ${os.release()}`,
    fileSystem: fileSystemOf(directory),
    node: process.version,
    commit: commit(),
    load: os
      .loadavg()
      .map((value) => value.toFixed(1))
      .join(' '),
  };
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: path.join(import.meta.dirname, '../..'), encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'builtins', 'bin', 'bench/*.ts');
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ' with local changes');
  } catch {
    return 'unknown';
  }
}

/** The type of the file system with the longest mount point that holds the directory. */
function fileSystemOf(directory: string): string {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, place = '']) => `${directory}/`.startsWith(place.endsWith('/') ? place : `${place}/`))
    .toSorted(([, one = ''], [, other = '']) => other.length - one.length);
  return mounts[0]?.[2] ?? 'unknown';
}
