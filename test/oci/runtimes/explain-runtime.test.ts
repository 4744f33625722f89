import { expect, test } from 'vitest';

import { readContainerState, readContainerStates } from '../../../src/oci/runtimes/container-states.ts';
import { explainRuntime, lastErrorOf } from '../../../src/oci/runtimes/explain-runtime.ts';

test.each([
  ['container does not exist', 'unknown-container'],
  ['error opening file `/run/x/status`: No such file or directory', 'unknown-container'],
  ['runc create failed: container with given ID already exists', 'container-exists'],
  [
    'runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH',
    'no-such-program',
  ],
  [
    'runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory',
    'no-such-program',
  ],
  ['exec failed: unable to start container process: exec: "/noexec": permission denied', 'not-executable'],
  [
    'exec failed: unable to start container process: chdir to cwd ("/nope") set in config.json failed: no such file or directory',
    'bad-directory',
  ],
  ['unable to set memory limit to 1000 (current usage: 2256896, peak usage: 2510848)', 'bad-arguments'],
  ['error setting rlimits for ready process: error setting rlimit type 7: operation not permitted', 'forbidden'],
  ['cannot exec in a stopped container', 'not-running'],
  ['the container `w1` is not in `created` or `stopped` state', 'not-running'],
  ['cannot open `/run/x/exec.fifo`: No such file or directory', 'not-running'],
  ['cannot delete container a1 that is not stopped: running', 'not-running'],
  ['unable to create new parent process: namespace path: lstat /nonet: no such file or directory', 'no-such-file'],
  ['invalid rootfs: stat /nonono: no such file or directory', 'no-such-file'],
  ['cgroups in hybrid mode not supported, drop all controllers from cgroupv2', 'not-able'],
  ['mkdir /sys/fs/cgroup/x: read-only file system (cgroup)', 'not-able'],
  ['write /tmp/x: no space left on device', 'no-space'],
  ['fork/exec /proc/self/exe: resource temporarily unavailable', 'no-resources'],
  ['something never heard of', 'failed'],
])('`explainRuntime()` tells of "%s"', (said, code) => {
  const error = explainRuntime('start it', said);
  expect(error).toMatchObject({ code, details: { runtime: said } });
  expect(error.message).toContain('Cannot start it: ');
});

test('`lastErrorOf()` finds the last error among warnings and damaged lines', () => {
  const log =
    '{"level":"error","msg":"first"}\n{"level":"error","msg":"last"}\n{"level":"warning","msg":"no"}\nnull\n{"level":"er';
  expect(lastErrorOf(log)).toBe('last');
  expect(lastErrorOf('')).toBeUndefined();
});

test('`readContainerState()` and `readContainerStates()` take what runtimes say and nothing else', () => {
  const state = { id: 'a', status: 'running', pid: 5, bundle: '/b', ociVersion: '1.0.2' };
  expect(readContainerState(JSON.stringify(state))).toEqual({ id: 'a', status: 'running', pid: 5, bundle: '/b' });
  expect(readContainerState(JSON.stringify({ ...state, status: 'stopped', pid: 0 })).pid).toBeUndefined();
  expect(readContainerStates('null')).toEqual([]);
  expect(readContainerStates('[\n\n]')).toEqual([]);
  for (const text of ['', '{}', '[1]', JSON.stringify({ ...state, status: 'flying' })]) {
    expect(() => readContainerState(text)).toThrow(expect.objectContaining({ code: 'unexpected-answer' }));
  }
  expect(() => readContainerStates('{}')).toThrow(expect.objectContaining({ code: 'unexpected-answer' }));
});
