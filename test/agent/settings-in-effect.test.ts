import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig, type ConfigSources } from '../../src/agent/config.ts';
import { rememberSettings, settingsInEffect } from '../../src/agent/settings-in-effect.ts';
import { tempDir } from '../harness/temp-dir.ts';

const USER: ConfigSources = { environment: { HOME: '/home/ann' }, uid: 1000, cwd: '/srv' };

describe('settingsInEffect()', () => {
  test('tells who gave each key', async () => {
    await using directory = tempDir();
    const file = directory.at('corex.toml');
    writeFileSync(file, '[jobs]\nmax = 10\nrunning = 5\n[queues.disk]\nwidth = 2\n[log]\nfile = "a.log"');
    const settings = settingsInEffect(
      loadConfig({
        ...USER,
        file,
        environment: { ...USER.environment, COREX_JOBS_RUNNING: '6' },
        flags: [
          { key: 'agent.data_dir', value: 'data', label: '--data-dir' },
          { key: 'agent.runtime_dir', value: '/run/x', label: '--runtime-dir' },
        ],
      }),
    );
    expect(settings).toMatchObject({
      'jobs.max': { value: 10, from: file },
      'jobs.running': { value: 6, from: 'COREX_JOBS_RUNNING' },
      'queues.disk': { value: { width: 2, paused: false }, from: file },
      'agent.data_dir': { value: '/srv/data', from: '--data-dir' },
      'log.file': { value: '/srv/data/a.log', from: file },
      'history.ttl': { value: 86_400, from: 'default' },
      'agent.listen': { value: ['unix:/run/x/agent.sock', 'ws://127.0.0.1:7411'], from: 'default' },
    });
  });

  test('tells nothing of a configuration that a program made', () => {
    expect(settingsInEffect({ ...loadConfig(USER) })).toBeUndefined();
  });

  test.each([
    [
      { api_key: 'x', password: 'y', token_file: '/t' },
      { api_key: '[redacted]', password: '[redacted]', token_file: '/t' },
    ],
    [{ env: { A: 'x', B: 'y' } }, { env: { A: '[redacted]', B: '[redacted]' } }],
    [{ url: 'http://ann:pw@x/' }, { url: 'http://[redacted]@x/' }],
    [
      { args: ['--token', 'x', '--api-key=y', 'z', '-v'] },
      { args: ['--token', '[redacted]', '--api-key=[redacted]', 'z', '-v'] },
    ],
    [{ deep: [{ client_secret: 'x', n: 1, t: null }] }, { deep: [{ client_secret: '[redacted]', n: 1, t: null }] }],
  ])('shows %j as %j', (value, shown) => {
    const config = { ...loadConfig(USER) };
    rememberSettings(config, { values: { startup: { web: value } }, originOf: () => 'here' });
    expect(settingsInEffect(config)?.['startup.web']).toEqual({ value: shown, from: 'here' });
  });
});
