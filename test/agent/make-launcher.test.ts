import { describe, expect, test } from 'vitest';

import { loadConfig } from '../../src/agent/config.ts';
import { makeLauncher } from '../../src/agent/make-launcher.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Launcher } from '../../src/host/launcher.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';

function launcherOf(launcher: string, runtimeDir = '/tmp/run'): Launcher {
  const flags = [
    { key: 'agent.data_dir', value: '/tmp/data', label: '--data-dir' },
    { key: 'agent.runtime_dir', value: runtimeDir, label: 'runtimeDir' },
    { key: 'agent.listen', value: ['unix:/tmp/agent.sock'], label: '--listen' },
    { key: 'agent.launcher', value: launcher, label: 'launcher' },
  ];
  const config = loadConfig({ environment: {}, flags });
  return makeLauncher({ config, clock: systemClock, logger: silentLogger, environment: {} });
}

describe('makeLauncher()', () => {
  test('gives the launcher that is asked for: runs outlive the agent in a keeper only', () => {
    expect(launcherOf('keeper').abilities.survives).toBe(true);
    expect(launcherOf('in-process').abilities.survives).toBe(false);
  });

  test('refuses a runtime directory in which a socket has no room, naming the key', () => {
    expect(() => launcherOf('keeper', `/tmp/${'long/'.repeat(20)}`)).toThrow(
      'set "agent.runtime_dir" to a shorter one',
    );
    expect(launcherOf('in-process', `/tmp/${'long/'.repeat(20)}`).abilities.survives).toBe(false);
  });
});
