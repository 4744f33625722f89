// Runs once before the test suite: what tests start is the built program, so it has to be built from today's sources.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

export function setup(): void {
  const script = path.join(import.meta.dirname, '../../scripts/build.ts');
  const { status } = spawnSync(process.execPath, [script, '--if-stale'], { stdio: 'inherit' });
  if (status !== 0) process.stderr.write('The build failed: tests of the built program see an older one\n');
}
