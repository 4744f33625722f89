import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe } from 'vitest';

import { CommandRuntime } from '../../../src/oci/runtimes/command-runtime.ts';
import { describeOciRuntime } from '../../contracts/oci-runtime.ts';
import { programPath } from '../../harness/program-path.ts';
import { requires } from '../../harness/requires.ts';

describe.runIf(requires('root', 'mounts', 'cgroups', 'crun', 'busybox'))('an OCI runtime', () => {
  describeOciRuntime('crun', (directory, ground) => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const program = seeingVersion2(directory, programPath('crun'));
    const stateDirectory = path.join(directory, 'state');
    const runtime = new CommandRuntime({ name: 'crun', program, stateDirectory, env, canLimitSwap: false });
    // Controllers of version 1 it does not see, and rules for devices need more rights than tests have everywhere.
    return { runtime, ground: { ...ground, limits: [], canLimitDevices: false } };
  });
});

/** crun refuses machines with both versions of control groups: there it sees the second alone, in mounts of its own. */
function seeingVersion2(directory: string, crun: string): string {
  const program = path.join(directory, 'crun');
  mkdirSync(directory, { recursive: true });
  const show = '[ ! -d /sys/fs/cgroup/unified ] || mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup';
  writeFileSync(program, `#!/bin/sh\nexec unshare --mount -- sh -c '${show}; exec "$0" "$@"' ${crun} "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}
