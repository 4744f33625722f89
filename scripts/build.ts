// Translates src and builtins to JavaScript and declarations in dist. Types are checked by `npm run ok`, not here.
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const fresh = `${dist}.${String(process.pid)}.new`;
const stale = `${dist}.${String(process.pid)}.old`;

try {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    stdio: 'inherit',
    cwd: root,
  });
  // The whole folder is exchanged, so that a file whose source is gone never lingers.
  if (existsSync(dist)) renameSync(dist, stale);
  renameSync(fresh, dist);
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(stale, { recursive: true, force: true });
}
