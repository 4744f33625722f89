/** The agent’s bearer token, in a file only its owner can read. */
import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AgentError, errorMessage } from '../protocol/agent-error.ts';

const TOKEN_BYTES = 32;
const SHORTEST_TOKEN = 32;
const TOKEN_PATTERN = /^[\x21-\x7e]+$/;

/** Where the token stands in a data directory. */
export function tokenFileIn(dataDir: string): string {
  return path.join(dataDir, 'token');
}

/** A fresh token: 256 random bits, base64url. */
export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/**
 * The token of this file; at the first start it is made, 0600 in a directory made 0700.
 *
 * Errors: AgentError `forbidden` when others could read or replace it, `bad-arguments` when what is
 * there is no token. It never goes on without one.
 */
export async function loadToken(file: string): Promise<string> {
  await prepareDirectory(path.dirname(file));
  return (await readIfThere(file)) ?? (await create(file));
}

/** The token of this file, which must be there. Errors: as {@link loadToken}, and `bad-arguments` when it is missing. */
export async function readToken(file: string): Promise<string> {
  const token = await readIfThere(file);
  if (token === undefined) throw new AgentError('bad-arguments', `Cannot read the token: "${file}" does not exist`);
  return token;
}

/** Puts a fresh token in place of the present one, in one step, and returns it. Errors: as {@link loadToken}. */
export async function rotateToken(file: string): Promise<string> {
  await prepareDirectory(path.dirname(file));
  const token = makeToken();
  const draft = await writeDraft(file, token);
  await rename(draft, file);
  return token;
}

/** Makes the file unless somebody else was faster; then theirs is the token. */
async function create(file: string): Promise<string> {
  const token = makeToken();
  const draft = await writeDraft(file, token);
  try {
    await link(draft, file);
    return token;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return await readToken(file);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(file: string, token: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`;
  await using handle = await open(draft, 'wx', 0o600);
  await handle.writeFile(`${token}\n`);
  await handle.sync();
  return draft;
}

async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(directory);
  if ((mode & 0o022) !== 0) {
    throw new AgentError(
      'forbidden',
      `Cannot keep a token in "${directory}": others may write there (mode ${octal(mode)}). Run: chmod 700 "${directory}"`,
    );
  }
  if (!isOurs(uid))
    throw new AgentError('forbidden', `Cannot keep a token in "${directory}": it belongs to user ${uid}`);
}

async function readIfThere(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new AgentError('forbidden', `Cannot read the token: ${errorMessage(error)}`, { cause: error });
  }
  await using source = handle;
  const facts = await source.stat();
  if (!facts.isFile()) throw new AgentError('forbidden', `Cannot read the token: "${file}" is not a file`);
  if ((facts.mode & 0o077) !== 0) {
    throw new AgentError(
      'forbidden',
      `Cannot use the token in "${file}": others may read it (mode ${octal(facts.mode)}). Run: chmod 600 "${file}"`,
    );
  }
  if (!isOurs(facts.uid))
    throw new AgentError('forbidden', `Cannot use the token in "${file}": it belongs to user ${facts.uid}`);
  return checkToken((await source.readFile('utf8')).trim(), file);
}

function checkToken(token: string, file: string): string {
  const advice = 'Remove the file to have one made';
  if (token === '')
    throw new AgentError('bad-arguments', `Cannot use the token in "${file}": the file is empty. ${advice}`);
  if (token.length < SHORTEST_TOKEN) {
    throw new AgentError(
      'bad-arguments',
      `Cannot use the token in "${file}": it has ${token.length} characters, at least ${SHORTEST_TOKEN} are needed. ${advice}`,
    );
  }
  if (!TOKEN_PATTERN.test(token)) {
    throw new AgentError(
      'bad-arguments',
      `Cannot use the token in "${file}": it must be printable ASCII without spaces. ${advice}`,
    );
  }
  return token;
}

/** Whether a file of this user may be trusted: our own, or root’s. */
function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
