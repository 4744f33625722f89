import { describe, expect, test } from 'vitest';

import { convertPm2 } from '../../../../src/agent/import/pm2/convert-pm2.ts';

const OPTIONS = { directory: '/srv/app', processors: 4 };

function convert(app: object, environment?: string) {
  return convertPm2({ apps: [{ name: 'a', script: 'tool', ...app }] }, { ...OPTIONS, environment });
}

describe('convertPm2()', () => {
  test.each([
    [{}, { protected: true, kill_grace: 1.6 }],
    [{ autorestart: false }, { kill_grace: 1.6 }],
    [{ kill_timeout: '5000' }, { protected: true, kill_grace: 5 }],
    [{ stop_exit_codes: [0] }, { max_restart: 1_000_000_000, kill_grace: 1.6 }],
    [{ stop_exit_codes: 3 }, { max_restart: 1_000_000_000, success_codes: [3], kill_grace: 1.6 }],
    [{ restart_delay: 4000 }, { protected: true, restart_delay: 4, restart_max_delay: 4, kill_grace: 1.6 }],
    [
      { exp_backoff_restart_delay: 100 },
      { protected: true, restart_delay: 0.1, restart_max_delay: 15, kill_grace: 1.6 },
    ],
    [
      { autorestart: false, cron_restart: '*/5 * * * *' },
      { cron: '*/5 * * * *', kill_grace: 1.6 },
    ],
    [{ autostart: false }, { condition: 'false', protected: true, kill_grace: 1.6 }],
    [{ treekill: false }, { protected: true, kill_grace: 1.6, keep: true }],
    [{ namespace: 'n' }, { protected: true, kill_grace: 1.6, tags: ['n'] }],
  ])('carries over %j', (app, section) => {
    const { args: _args, ...rest } = convert(app).entries[0]?.section ?? {};
    expect(rest).toEqual({ name: 'core.system', ...section });
  });

  test.each([
    [{ script: 'app.js' }, { name: 'node', args: ['/srv/app/app.js'] }],
    [
      { script: './app.js', cwd: 'sub', node_args: '--inspect -r x' },
      { name: 'node', args: ['--inspect', '-r', 'x', '/srv/app/sub/app.js'], dir: '/srv/app/sub' },
    ],
    [{ script: 'app.py' }, { name: 'python3', args: ['/srv/app/app.py'], env: { PYTHONUNBUFFERED: '1' } }],
    [
      { script: 'npm', args: 'run start' },
      { name: 'npm', args: ['run', 'start'] },
    ],
    [{ script: 'npm run start' }, { name: 'bash', args: ['-c', 'npm run start'] }],
    [{ cmd: 'app.js', interpreter: 'none' }, { name: '/srv/app/app.js' }],
    [
      { script: 'x', interpreter: './venv/python' },
      { name: './venv/python', args: ['x'], env: { PYTHONUNBUFFERED: '1' } },
    ],
    [
      { script: 'app.js', source_map_support: true },
      { name: 'node', args: ['--enable-source-maps', '/srv/app/app.js'] },
    ],
    [
      { uid: 'node', gid: 5 },
      { name: 'tool', user: 'node:5' },
    ],
    [{ env: { A: 1, B: true, C: null, D: { e: 1 } } }, { name: 'tool', env: { A: '1', B: 'true', D: '{"e":1}' } }],
  ])('finds the program of %j', (app, args) => {
    expect(convert(app).entries[0]?.section.args).toEqual({ dir: '/srv/app', ...args });
  });

  test('makes an entry of each instance', () => {
    const ids = (app: object): string[] => convert(app).entries.map(({ id }) => id);
    expect(ids({ instances: 2 })).toEqual(['a-0', 'a-1']);
    expect(ids({ instances: 'max' })).toHaveLength(4);
    expect(ids({ instances: -1 })).toHaveLength(3);
    const env = convert({ instances: 2, increment_var: 'PORT', env: { PORT: 80 } }).entries.map(
      ({ section }) => section.args?.['env'],
    );
    expect(env).toEqual([
      { PORT: '80', NODE_APP_INSTANCE: '0' },
      { PORT: '81', NODE_APP_INSTANCE: '1' },
    ]);
  });

  test('takes in the variables of an environment that is named', () => {
    const app = { env: { A: 'dev', B: 'b' }, env_production: { A: 'prod' } };
    expect(convert(app).entries[0]?.notes).toEqual(['"env_production" was left out: --env production takes it in.']);
    const production = convert(app, 'production').entries[0];
    expect(production?.section.args?.['env']).toEqual({ A: 'prod', B: 'b' });
    expect(production?.notes).toEqual([]);
  });

  test('gives ids that are possible and different', () => {
    const apps = ['boot', 'my app', 'my app', 'žluť'].map((name) => ({ name, script: 'tool' }));
    expect(convertPm2(apps, OPTIONS).entries.map(({ id }) => id)).toEqual(['boot-2', 'my-app', 'my-app-2', '-lu-']);
  });

  test.each([
    [{}, 'it has no "apps"'],
    [{ apps: [] }, 'it has no "apps"'],
    [{ apps: [1] }, 'Cannot convert the application 1: it is no object'],
    [{ apps: [{ name: 'x' }] }, 'Cannot convert the application "x": it has no "script"'],
    [{ apps: [{ script: 'x', instances: 'many' }] }, 'Cannot convert the application 1: "instances"'],
    [{ apps: [{ script: 'x', args: '"open' }] }, '"args" has a quote that is not closed'],
  ])('refuses %j', (content, message) => {
    expect(() => convertPm2(content, OPTIONS)).toThrow(message);
  });
});
