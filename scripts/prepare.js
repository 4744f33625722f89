// Runs after `npm ci` and before packing: builds dist and lets npx find corex. Plain JavaScript, because with
// development packages left out there is neither a compiler nor, perhaps, a Node that reads TypeScript.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

if (existsSync(path.join(root, 'node_modules/typescript/package.json'))) {
  execFileSync(process.execPath, [path.join(root, 'scripts/build.ts')], { stdio: 'inherit', cwd: root });
  linkOwnExecutable();
} else {
  process.stdout.write('Not built: the development packages are not installed\n');
}

// npm links the executables of dependencies, never those of the package itself, and npx looks nowhere else offline.
function linkOwnExecutable() {
  const directory = path.join(root, 'node_modules/.bin');
  mkdirSync(directory, { recursive: true });
  const link = path.join(directory, 'corex');
  rmSync(link, { force: true });
  symlinkSync('../../bin/corex.js', link);
}
