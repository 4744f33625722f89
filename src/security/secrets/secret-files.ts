import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import type { SecretProvider } from './secret-provider.ts';

/** The system takes no longer argument or variable; standard input that long is no secret. */
const LONGEST_BYTES = 128 * 1024;

/** Read by its owner, written by its owner, and nothing else. */
const FORBIDDEN_MODE = 0o177;
const OTHERS_WRITE = 0o022;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A directory with one file for each secret. A file must be its owner's alone (0600 or 0400), the owner being this user
 * or root, and so must be the right to put files there. One line end at the end of a file is not part of the value.
 */
export function secretFiles(directory: string): SecretProvider {
  return {
    place: `the directory "${directory}"`,
    read: async (name) => {
      const file = path.join(directory, name);
      const handle = await openIfThere(file, name);
      if (handle === undefined) return undefined;
      await using source = handle;
      await refuseOpenDirectory(directory, name);
      return await readValue(source, file, name);
    },
  };
}

/** A link is followed: what counts is whose the file is that it leads to. */
async function openIfThere(file: string, name: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(name, errorMessage(error), error);
  }
}

async function refuseOpenDirectory(directory: string, name: string): Promise<void> {
  const { mode, uid } = await stat(directory);
  if (!isTrusted(uid)) throw unusable(name, `"${directory}" belongs to user ${String(uid)}`);
  if ((mode & OTHERS_WRITE) === 0) return;
  throw unusable(name, `others may write to "${directory}" (mode ${octal(mode)}). Run: chmod go-w "${directory}"`);
}

async function readValue(source: FileHandle, file: string, name: string): Promise<string> {
  const facts = await source.stat();
  if (!facts.isFile()) throw unusable(name, `"${file}" is no file`);
  if (!isTrusted(facts.uid)) throw unusable(name, `"${file}" belongs to user ${String(facts.uid)}`);
  if ((facts.mode & FORBIDDEN_MODE) !== 0) {
    throw unusable(
      name,
      `"${file}" has the mode ${octal(facts.mode)}, 0600 or 0400 is needed. Run: chmod 600 "${file}"`,
    );
  }
  if (facts.size > LONGEST_BYTES) {
    throw unusable(name, `"${file}" has ${String(facts.size)} bytes, the limit is ${String(LONGEST_BYTES)}`);
  }
  const value = textOf(await source.readFile(), file, name).replace(/\r?\n$/, '');
  if (value === '') throw unusable(name, `"${file}" is empty`);
  return value;
}

function textOf(bytes: Buffer, file: string, name: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw unusable(name, `"${file}" is not UTF-8 text`);
  }
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

function unusable(name: string, why: string, cause?: unknown): AgentError {
  return new AgentError('no-secret', `Cannot use the secret "${name}": ${why}`, { cause });
}
