import { AgentError, errorMessage, isAgentError } from './agent-error.ts';
import type { ErrorName } from './error-codes.ts';

/** What the system's errors mean for a caller: code, and why. */
const MEANINGS: Readonly<Record<string, readonly [ErrorName, string]>> = {
  ENOENT: ['no-such-file', 'there is no such file or directory'],
  EEXIST: ['file-exists', 'it exists already'],
  ENOTEMPTY: ['file-exists', 'the directory is not empty'],
  ENOTDIR: ['bad-path', 'a part of the path is no directory'],
  EISDIR: ['bad-path', 'it is a directory'],
  ELOOP: ['bad-path', 'there are too many symbolic links in it'],
  ENAMETOOLONG: ['bad-path', 'a name in it is too long'],
  EINVAL: ['bad-path', 'the file system does not allow it for this path'],
  ENXIO: ['bad-path', 'it is no regular file'],
  EACCES: ['forbidden', 'the agent may not do this'],
  EPERM: ['forbidden', 'the agent may not do this'],
  EROFS: ['forbidden', 'the file system is read-only'],
  ENOSPC: ['no-space', 'the file system is full'],
  EDQUOT: ['no-space', 'the quota is used up'],
  EFBIG: ['no-space', 'the file would be too large'],
  EMFILE: ['no-resources', 'the agent has too many open files'],
  ENFILE: ['no-resources', 'the machine has too many open files'],
  ENOMEM: ['no-resources', 'there is no memory left'],
  EXDEV: ['not-able', 'the two places are on different file systems; run "mv" as a job'],
  EBUSY: ['not-able', 'it is in use by the system, a mount point perhaps'],
  ETXTBSY: ['not-able', 'it is a program that runs'],
};

/** The system's name for an error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Why the system refused, in words. */
export function explainErrno(error: unknown): string {
  const name = errnoOf(error);
  if (isAgentError(error) || name === undefined) return errorMessage(error);
  const why = MEANINGS[name]?.[1];
  return why === undefined ? errorMessage(error) : `${why} (${name})`;
}

/** The error for a caller: `Cannot open "/x": there is no such file or directory (ENOENT)`. An AgentError stays what it is. */
export function fileError(action: string, error: unknown): AgentError {
  if (isAgentError(error)) return error;
  const [code] = MEANINGS[errnoOf(error) ?? ''] ?? ['failed' as const];
  return new AgentError(code, `Cannot ${action}: ${explainErrno(error)}`, { cause: error });
}

/** Does something and makes what it throws an error for a caller. */
export async function explained<T>(action: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(action, error);
  }
}
