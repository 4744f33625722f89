// Builds src and builtins into dist: few files of JavaScript, each with its map, and the declarations. A process that
// loads a thousand small files starts later and stays larger: docs/decisions/0016. Types are checked by `npm run ok`,
// not here. With --if-stale it does nothing when dist is newer than every source.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

import { rolldown } from 'rolldown';

import { OWN_PROGRAMS } from '../src/base/own-package.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const fresh = `${dist}.${String(process.pid)}.new`;
const stale = `${dist}.${String(process.pid)}.old`;

if (!process.argv.includes('--if-stale') || isStale()) await build();

async function build(): Promise<void> {
  const start = new Date();
  try {
    await writePrograms();
    writeDeclarations();
    // Sources that change while the compiler works are newer than what it makes of them.
    utimesSync(fresh, start, start);
    exchange();
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(stale, { recursive: true, force: true });
  }
}

/** What several of them use becomes a chunk that each loads, so that nothing exists twice in a process. */
async function writePrograms(): Promise<void> {
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries().map((name) => [name, path.join(root, `${name}.ts`)])),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
    tsconfig: false,
  });
  await using _closed = bundle;
  const { output } = await bundle.write({
    dir: fresh,
    format: 'esm',
    entryFileNames: '[name].js',
    // A process that meets another build than its own finds nothing, rather than what has other things under its names.
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
    comments: false,
  });
  for (const { fileName, type } of output) if (type === 'chunk') narrow(path.join(fresh, fileName));
}

/**
 * V8 keeps a file with but one character beyond Latin-1 in two bytes for each. All such characters of ours stand in
 * literals, where they can be escaped; no line moves, so that maps hold.
 */
function narrow(file: string): void {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/[\u0100-\uffff]/g, escaped));
}

/** The doors of the package and the programs that its processes run, as `src/index`. */
function entries(): string[] {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  const doors = Object.values(manifest.exports).flatMap((door) =>
    typeof door === 'string' ? [] : (door['corex-source'] ?? []),
  );
  return [...doors.map((file) => file.replace(/^\.\/(.+)\.ts$/, '$1')), 'src/main', ...OWN_PROGRAMS];
}

function writeDeclarations(): void {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    stdio: 'inherit',
    cwd: root,
  });
}

/** The whole folder is exchanged, so that a file whose source is gone never lingers. Another build may do the same. */
function exchange(): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      rmSync(stale, { recursive: true, force: true });
      if (existsSync(dist)) renameSync(dist, stale);
      renameSync(fresh, dist);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

/** A source that went away changes the time of its folder, so folders are asked, too. */
function isStale(): boolean {
  const built = statSync(dist, { throwIfNoEntry: false });
  if (built === undefined) return true;
  return ['src', 'builtins', 'tsconfig.json', 'tsconfig.build.json']
    .map((name) => path.join(root, name))
    .flatMap((place) => [place, ...inside(place)])
    .some((place) => (statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? 0) > built.mtimeMs);
}

function inside(place: string): string[] {
  if (!statSync(place).isDirectory()) return [];
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => path.join(place, name));
}
