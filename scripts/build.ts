// Translates src and builtins to JavaScript and declarations in dist. Types are checked by `npm run ok`, not here.
// With --if-stale it does nothing when dist is newer than every source.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const fresh = `${dist}.${String(process.pid)}.new`;
const stale = `${dist}.${String(process.pid)}.old`;

if (!process.argv.includes('--if-stale') || isStale()) build();

function build(): void {
  const start = new Date();
  try {
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], {
      stdio: 'inherit',
      cwd: root,
    });
    // Sources that change while the compiler works are newer than what it makes of them.
    utimesSync(fresh, start, start);
    exchange();
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(stale, { recursive: true, force: true });
  }
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
