import { CommandRuntime } from '../../../src/oci/runtimes/command-runtime.ts';
import { describe } from 'vitest';
import { describeOciRuntime } from '../../contracts/oci-runtime.ts';
import { programPath } from '../../harness/program-path.ts';
import { requires } from '../../harness/requires.ts';

describe.runIf(requires('root', 'runc', 'busybox'))('an OCI runtime', () => {
  describeOciRuntime('runc', (directory, { canLimitSwap }) => {
    const env = { PATH: process.env['PATH'] ?? '' };
    return new CommandRuntime({
      name: 'runc',
      program: programPath('runc'),
      stateDirectory: directory,
      env,
      canLimitSwap,
    });
  });
});
