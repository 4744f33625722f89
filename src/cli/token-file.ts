/** The agent's token as its owner handles it: shown, or replaced in one step. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../protocol/agent-error.ts';
import { CliError } from './cli-error.ts';

const TOKEN_BYTES = 32;

/** Where the token stands in a data directory. */
export function tokenFileOf(dataDir: string): string {
  return path.join(dataDir, 'token');
}

/** The token in a file. Errors: CliError that says why it can't be read. */
export async function readTokenFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const advice = isMissing ? ['"corex start" makes it at its first start'] : [];
    throw new CliError(`Cannot read the token: ${errorMessage(error)}`, { advice, cause: error });
  }
}

/** Puts a fresh token in place of the present one and returns it. Who reads the file sees one or the other. */
export async function replaceTokenFile(file: string): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await using handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(`${token}\n`);
    await handle.sync();
    await rename(draft, file);
  } catch (error) {
    throw new CliError(`Cannot replace the token: ${errorMessage(error)}`, { cause: error });
  }
  return token;
}
