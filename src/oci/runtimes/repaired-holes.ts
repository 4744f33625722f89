/** Which holes a distribution closed in the program it installed: Debian and its heirs keep the version and say so in a list of changes. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { runShortProgram } from '../../host/short-program.ts';

/** Packages that are known to be repaired, for machines whose packages come without their list of changes. */
const KNOWN: ReadonlyMap<string, readonly string[]> = new Map([['runc 1.1.5+ds1-1+deb12u1', ['CVE-2024-21626']]]);

const DPKG_QUERY = '/usr/bin/dpkg-query';
const TIMEOUT_MS = 5_000;
const MOST_BYTES = 4 * 1024 ** 2;
const HOLE = /CVE-\d{4}-\d+/g;

/** The names of all holes that the package of a program says it closed; none where there is no such package. Never rejects. */
export async function repairedHoles(program: string): Promise<Set<string>> {
  const owner = await ask(['--search', '--', program]);
  const name = /^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?: /.exec(owner)?.[1];
  if (name === undefined) return new Set();
  const [version, changes] = await Promise.all([
    ask(['--show', '--showformat=${Version}', '--', name]),
    readChanges(`/usr/share/doc/${name}/changelog.Debian.gz`),
  ]);
  return new Set([...(changes.match(HOLE) ?? []), ...(KNOWN.get(`${name} ${version.trim()}`) ?? [])]);
}

async function ask(args: readonly string[]): Promise<string> {
  const end = await runShortProgram({
    program: DPKG_QUERY,
    args,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    cwd: '/',
    timeoutMs: TIMEOUT_MS,
    maxBytes: MOST_BYTES,
  });
  return end.type === 'exited' && end.code === 0 ? end.stdout : '';
}

async function readChanges(file: string): Promise<string> {
  try {
    const bytes = await promisify(gunzip)(await readFile(file), { maxOutputLength: MOST_BYTES });
    return bytes.toString('utf8');
  } catch {
    return '';
  }
}
