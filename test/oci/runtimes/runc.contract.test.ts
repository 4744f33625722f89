import { describe } from 'vitest';

import { CommandRuntime } from '../../../src/oci/runtimes/command-runtime.ts';
import { describeOciRuntime } from '../../contracts/oci-runtime.ts';
import { programPath } from '../../harness/program-path.ts';
import { requires } from '../../harness/requires.ts';

describe.runIf(requires('root', 'runc', 'busybox'))('an OCI runtime', () => {
  describeOciRuntime('runc', (stateDirectory, ground) => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const { canLimitSwap } = ground;
    const program = programPath('runc');
    return { ground, runtime: new CommandRuntime({ name: 'runc', program, stateDirectory, env, canLimitSwap }) };
  });
});
