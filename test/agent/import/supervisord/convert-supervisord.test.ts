import { writeFileSync } from 'node:fs';

import { describe, expect, onTestFinished, test } from 'vitest';

import { convertSupervisord } from '../../../../src/agent/import/supervisord/convert-supervisord.ts';
import { tempDir } from '../../../harness/temp-dir.ts';

function convert(text: string, env: Record<string, string> = {}) {
  const directory = tempDir();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const file = directory.at('x.conf');
  writeFileSync(file, text);
  return convertSupervisord(file, { hostname: 'host', env });
}

function entriesOf(text: string) {
  return Object.fromEntries(convert(text).entries.map(({ id, section }) => [id, section]));
}

describe('convertSupervisord()', () => {
  test.each([
    ['', { max_restart: 1_000_000_000, running_delay: 1 }],
    ['autorestart=true', { protected: true, running_delay: 1 }],
    ['autorestart=false', { running_delay: 1 }],
    ['exitcodes=0,3,4', { max_restart: 1_000_000_000, running_delay: 1, success_codes: [3, 4] }],
    ['startsecs=0', { max_restart: 1_000_000_000, running_delay: 0.001 }],
    ['stopwaitsecs=30', { max_restart: 1_000_000_000, running_delay: 1, kill_grace: 30 }],
    ['autostart=false', { max_restart: 1_000_000_000, running_delay: 1, condition: 'false' }],
  ])('carries over %j', (option, section) => {
    const entries = entriesOf(`[program:a]\ncommand=run "it now"\n${option}\n`);
    expect(entries['a']).toEqual({ name: 'core.system', args: { name: 'run', args: ['it now'] }, ...section });
  });

  test('puts programs into groups and ranks', () => {
    const program = (name: string, priority: number): string =>
      `[program:${name}]\ncommand=${name}\npriority=${String(priority)}\n`;
    const text = `${program('c', 3)}${program('a', 900)}${program('b', 901)}[group:g]\nprograms=a,b\npriority=1\n`;
    const entries = entriesOf(text);
    expect(Object.keys(entries)).toEqual(['g:a', 'g:b', 'c']);
    expect(entries['g:b']).toMatchObject({ after: ['g:a'], tags: ['g'] });
    expect(entries['c']).toMatchObject({ after: ['g:b'] });
  });

  test('says what it could not carry over', () => {
    const { entries, notes } = convert(
      '[supervisord]\numask=077\n[program:a]\ncommand=a\nstopsignal=INT\nexitcodes=1\nstartretries=9\nstderr_logfile=/x\nodd=1\n[crashmail:x]\n',
    );
    expect(entries[0]?.notes.map((note) => note.split(':')[0])).toEqual([
      '"stderr_logfile"',
      '"startretries"',
      '"odd" is unknown here and was left out.',
      '"stopsignal"',
      '"exitcodes"',
    ]);
    expect(notes).toEqual([
      '"umask" of [supervisord]: programs get it of whoever starts the agent.',
      '[crashmail:x] is unknown here and was left out.',
    ]);
  });

  test('does not let texts mean more than they did', () => {
    const { entries } = convert('[program:a]\ncommand=a {HOME} %(ENV_USER)s secret:x ${SHELL}\n');
    expect(entries[0]?.section.args).toMatchObject({ args: ['{HOME}', '{USER}', 'secret:x', '${SHELL}'], secrets: [] });
    expect(entries[0]?.notes).toEqual([
      '"{USER}" was "%(ENV_USER)s": the agent must have the variable when it starts this.',
      '"{HOME}" is filled in here when the agent has a variable "HOME"; written "{{HOME}}" it is not.',
    ]);
  });

  test.each([
    ['[program:a]\n', 'Cannot convert [program:a]: it has no "command"'],
    ['[program:a]\ncommand="x\n', '"command" has a quote that is not closed'],
    ['[program:a]\ncommand=x\nnumprocs=2\n', '"process_name" needs "%(process_num)d"'],
    ['[program:a]\ncommand=x\nautorestart=maybe\n', '"autorestart" is "maybe", expected true or false'],
    ['[program:a]\ncommand=x\nstartsecs=1s\n', '"startsecs" is "1s", expected a whole number from 0'],
    ['[program:a]\ncommand=x\nstopsignal=TREM\n', '"stopsignal" is "TREM", expected a signal such as TERM'],
    ['[program:a]\ncommand=x\numask=9\n', '"umask" is "9", expected an octal number'],
    ['[program:a]\ncommand=x\n[group:g]\nprograms=a,b\n', 'Cannot convert [group:g]: there is no [program:b]'],
    ['[supervisord]\n', 'it has no [program:x]'],
  ])('refuses %j', (text, message) => {
    expect(() => convert(text)).toThrow(message);
  });
});
