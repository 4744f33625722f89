import type { execa as Execa } from 'execa';

import { type RunKey, RUN_MARKER, type SpawnFailure, type SpawnSpec } from '../launcher.ts';
import type { Child } from '../run/child.ts';
import { ReadableSource } from '../run/readable-source.ts';
import { refuseArguments } from '../spawn-arguments.ts';
import { explainSpawnError } from '../spawn-error.ts';
import { hasFileHeadroom } from './file-headroom.ts';

/** Starts a program in a session of its own, with nothing but its three streams. */
export async function startChild(key: RunKey, spec: SpawnSpec): Promise<Child | SpawnFailure> {
  const request = { name: spec.program, args: spec.args, env: { ...spec.env, [RUN_MARKER]: key }, cwd: spec.cwd };
  const refused = refuseArguments(request);
  if (refused !== undefined) return refused;
  const { execa } = await import('execa');
  // In one go with the start: others may take the files meanwhile.
  if (!hasFileHeadroom()) return await explainSpawnError('EMFILE', request);
  const child = spawnChild(execa, spec, request.env);
  return 'pid' in child ? child : await explainSpawnError(await child.errorCode, request);
}

/** Loads what starts programs. It takes many megabytes, and an agent whose jobs live in a keeper never needs it. */
export async function loadExeca(): Promise<void> {
  await import('execa');
}

function spawnChild(
  execa: typeof Execa,
  spec: SpawnSpec,
  env: Record<string, string>,
): Child | { readonly errorCode: Promise<string> } {
  const { program, args, cwd, stdin, user } = spec;
  // Every opinion execa has by default is switched off: what stays is starting the process and its streams.
  const subprocess = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    preferLocal: false,
    detached: true,
    cleanup: false,
    shell: false,
    buffer: false,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    forceKillAfterDelay: false,
    verbose: 'none',
    stdin: stdin.type === 'none' ? 'ignore' : 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
  });
  const { pid, nodeChildProcess } = subprocess;
  if (pid === undefined) return { errorCode: subprocess.then(({ code, cause }) => code ?? String(cause)) };
  for (const stream of subprocess.stdio) stream?.on('error', () => undefined);
  return {
    pid,
    stdin: nodeChildProcess.stdin ?? undefined,
    outputs: [new ReadableSource('stdout', subprocess.stdout), new ReadableSource('stderr', subprocess.stderr)],
    // Node collects a child in the turn in which it tells its end.
    isPinned: false,
    collect: () => undefined,
    onExit: (listener) => {
      nodeChildProcess.once('exit', (code, signal) => {
        listener(signal === null ? { code: code ?? 0 } : { signal });
      });
    },
  };
}
