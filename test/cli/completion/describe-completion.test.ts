import { describe, expect, test } from 'vitest';

import { describeCommands } from '../../../src/cli/command-table.ts';
import { describeCompletion, type Values } from '../../../src/cli/completion/describe-completion.ts';

const commands = describeCompletion(await describeCommands());
const command = (name: string) => {
  const found = commands.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
};
const valuesOf = (name: string, option: string): Values | undefined =>
  command(name).options.find(({ names }) => names.includes(option))?.values;

describe('describeCompletion()', () => {
  test('knows what options take', () => {
    expect(valuesOf('ps', '--state')).toMatchObject({
      type: 'words',
      words: expect.arrayContaining(['running', 'error']),
    });
    expect(valuesOf('ps', '-q')).toEqual({ type: 'kinds', kinds: ['queue'] });
    expect(valuesOf('ps', '--tag')).toEqual({ type: 'kinds', kinds: ['tag'] });
    expect(valuesOf('run', '--command')).toEqual({ type: 'kinds', kinds: ['agent-command'] });
    expect(valuesOf('kill', '-s')).toMatchObject({ type: 'words', words: expect.arrayContaining(['TERM', 'USR1']) });
    expect(valuesOf('logs', '--data-dir')).toEqual({ type: 'kinds', kinds: ['directory'] });
    expect(valuesOf('start', '--config')).toEqual({ type: 'kinds', kinds: ['file'] });
    expect(valuesOf('logs', '--tail')).toEqual({ type: 'unknown' });
    expect(valuesOf('logs', '--follow')).toBeUndefined();
    expect(valuesOf('logs', '--help')).toBeUndefined();
  });

  test('knows what words are, of their place and what stands before them', () => {
    expect(command('logs').words).toEqual([{ index: 0, repeats: true, values: { type: 'kinds', kinds: ['job'] } }]);
    expect(command('kill').words).toEqual([
      { index: 0, repeats: true, values: { type: 'kinds', kinds: ['live-job'] } },
    ]);
    expect(command('queue').words).toEqual([
      { index: 0, repeats: false, values: { type: 'words', words: ['list', 'set', 'pause', 'resume'] } },
      ...['set', 'pause', 'resume'].map((after) => ({
        after,
        index: 1,
        repeats: false,
        values: { type: 'kinds', kinds: ['queue'] },
      })),
    ]);
    expect(command('call').words[0]?.values).toEqual({ type: 'kinds', kinds: ['agent-command'] });
    expect(command('run')).toMatchObject({
      endsOptions: true,
      words: [
        { index: 0, values: { type: 'kinds', kinds: ['program'] } },
        { index: 1, repeats: true, values: { type: 'kinds', kinds: ['file'] } },
      ],
    });
    expect(command('containers').words.filter(({ after }) => after === 'remove')).toEqual([
      { after: 'remove', index: 1, repeats: true, values: { type: 'kinds', kinds: ['container'] } },
    ]);
    expect(command('image').words).toContainEqual({
      after: 'pull',
      index: 1,
      repeats: false,
      values: { type: 'kinds', kinds: ['image'] },
    });
    expect(command('cp').words.map(({ values }) => values)).toEqual([
      { type: 'kinds', kinds: ['file', 'container-path'] },
      { type: 'kinds', kinds: ['container-path', 'file'] },
    ]);
    expect(command('exec')).toMatchObject({
      takesPlace: true,
      words: [{ index: 0, values: { kinds: ['program', 'container'] } }, { index: 1 }],
    });
    expect(command('help').words[0]?.values).toMatchObject({ words: expect.arrayContaining(['top', 'help']) });
  });
});
