import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import path from 'node:path';

import type { SpawnFailure } from './launcher.ts';
import { type RecentPrograms } from './recent-programs.ts';
import { refuseArguments, type SpawnArguments } from './spawn-arguments.ts';

export interface ResolvedProgram {
  readonly type: 'resolved';
  /** Absolute path. */
  readonly program: string;
}

/** Enough for the longest first line Linux looks at. */
const FIRST_LINE_BYTES = 256;

/** A file system gets so long to answer. */
const PATIENCE_MS = 10_000;

/** A look that takes longer counts as stuck; of these there may be so many, since threads that read files are few. */
const STUCK_MS = 1_000;
const MOST_STUCK = 8;

/**
 * Finds the program a name stands for, by the command's own `PATH` and directory, as a shell would: a name with a slash
 * is a path from `cwd`, any other is looked for in `PATH`. Answers with the reason when it can't be started. Nothing
 * blocks, whatever the file system does. `recent` spares repeated looks at program and directory; what went away since is
 * told apart when it could not be started (`explainSpawnError()` looks again).
 */
export async function resolveProgram(
  request: SpawnArguments,
  recent?: RecentPrograms,
): Promise<ResolvedProgram | SpawnFailure> {
  const refused = refuseArguments(request);
  if (refused !== undefined) return refused;
  const { name, cwd, env } = request;
  const key = JSON.stringify([name, env['PATH'], cwd]);
  const known = recent?.get(key);
  if (known !== undefined) return { type: 'resolved', program: known };
  const looking = underWay.get(key)?.looking ?? beginLook(key, request);
  const found = await withPatience(looking, name);
  if (found.type === 'resolved') recent?.set(key, found.program);
  return found;
}

/**
 * Looks that have not ended, by what is looked for. Each holds a thread that files are read by, for ever if the file
 * system does not answer: so however many want to know the same, there is one look.
 */
const underWay = new Map<string, { looking: Promise<ResolvedProgram | SpawnFailure>; startedAt: number }>();

async function withPatience(
  looking: Promise<ResolvedProgram | SpawnFailure>,
  name: string,
): Promise<ResolvedProgram | SpawnFailure> {
  const late = Promise.withResolvers<SpawnFailure>();
  const timer = setTimeout(() => {
    late.resolve(failure('no-resources', `Cannot look for program "${name}": the file system does not answer`));
  }, PATIENCE_MS);
  try {
    return await Promise.race([looking, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function beginLook(key: string, request: SpawnArguments): Promise<ResolvedProgram | SpawnFailure> {
  const now = performance.now();
  const stuck = underWay.values().filter(({ startedAt }) => now - startedAt > STUCK_MS);
  if (stuck.toArray().length >= MOST_STUCK) {
    return Promise.resolve(
      failure('no-resources', `Cannot look for program "${request.name}": too many looks at files have no answer yet`),
    );
  }
  const looking = look(request).finally(() => underWay.delete(key));
  underWay.set(key, { looking, startedAt: now });
  return looking;
}

async function look({ name, cwd, env }: SpawnArguments): Promise<ResolvedProgram | SpawnFailure> {
  const refusedDirectory = await refuseDirectory(cwd);
  if (refusedDirectory !== undefined) return refusedDirectory;
  const found = await search(name, env['PATH'], cwd);
  if (found.type === 'failed') return found;
  return (await refuseInterpreter(found.program, cwd)) ?? found;
}

async function search(name: string, searchPath = '', cwd: string): Promise<ResolvedProgram | SpawnFailure> {
  const isPath = name.includes('/');
  const candidates = isPath
    ? [path.resolve(cwd, name)]
    : searchPath.split(':').map((directory) => path.resolve(cwd, directory, name));
  let notExecutable: SpawnFailure | undefined;
  for (const program of name === '' ? [] : candidates) {
    const trouble = await troubleWith(program);
    if (trouble === undefined) return { type: 'resolved', program };
    if (trouble === 'missing') continue;
    notExecutable ??= failure('not-executable', `Cannot start "${program}": ${trouble}`);
  }
  const where = isPath ? 'there is no such file' : `it is not in PATH "${searchPath}"`;
  return notExecutable ?? failure('no-such-program', `Cannot find program "${name}": ${where}`);
}

/** Why a file can't be executed; undefined when it can. */
async function troubleWith(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return 'it is a directory';
    if (!found.isFile()) return 'it is not a regular file';
    await access(file, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    return code === 'EACCES' ? 'permission denied' : (code ?? String(error));
  }
}

async function refuseDirectory(cwd: string): Promise<SpawnFailure | undefined> {
  const refuse = (why: string): SpawnFailure => failure('bad-directory', `Cannot work in directory "${cwd}": ${why}`);
  if (!path.isAbsolute(cwd)) return refuse('it is not an absolute path');
  try {
    if (!(await stat(cwd)).isDirectory()) return refuse('it is not a directory');
    await access(cwd, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return refuse('it does not exist');
    if (code === 'ENOTDIR') return refuse('a part of it is not a directory');
    return refuse(code === 'EACCES' ? 'permission denied' : (code ?? String(error)));
  }
}

/** A script whose first line names a program that isn't there fails like a missing script; here it is told apart. */
async function refuseInterpreter(program: string, cwd: string): Promise<SpawnFailure | undefined> {
  const firstLine = await readFirstLine(program);
  const [, interpreter] = /^#![ \t]*([^ \t\n]+)/.exec(firstLine) ?? [];
  if (interpreter === undefined) return undefined;
  const trouble = await troubleWith(path.resolve(cwd, interpreter));
  if (trouble === undefined) return undefined;
  const why = trouble === 'missing' ? 'which does not exist' : `which can't be executed: ${trouble}`;
  return failure('bad-interpreter', `Cannot start "${program}": it asks for ${JSON.stringify(interpreter)}, ${why}`);
}

/** Empty when the file may be executed but not read. */
async function readFirstLine(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FIRST_LINE_BYTES), 0, FIRST_LINE_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return '';
  }
}

function failure(kind: SpawnFailure['failure'], message: string): SpawnFailure {
  return { type: 'failed', failure: kind, message };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
