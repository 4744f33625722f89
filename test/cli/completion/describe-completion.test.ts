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
    expect(valuesOf('ps', '-q')).toEqual({ type: 'kind', kind: 'queue' });
    expect(valuesOf('ps', '--tag')).toEqual({ type: 'kind', kind: 'tag' });
    expect(valuesOf('run', '--command')).toEqual({ type: 'kind', kind: 'agent-command' });
    expect(valuesOf('kill', '-s')).toMatchObject({ type: 'words', words: expect.arrayContaining(['TERM', 'USR1']) });
    expect(valuesOf('logs', '--data-dir')).toEqual({ type: 'kind', kind: 'directory' });
    expect(valuesOf('start', '--config')).toEqual({ type: 'kind', kind: 'file' });
    expect(valuesOf('logs', '--tail')).toEqual({ type: 'unknown' });
    expect(valuesOf('logs', '--follow')).toBeUndefined();
    expect(valuesOf('logs', '--help')).toBeUndefined();
  });

  test('knows what words are, of their place and what stands before them', () => {
    expect(command('logs').words).toEqual([{ index: 0, repeats: true, values: { type: 'kind', kind: 'job' } }]);
    expect(command('kill').words).toEqual([{ index: 0, repeats: true, values: { type: 'kind', kind: 'live-job' } }]);
    expect(command('queue').words).toEqual([
      { index: 0, repeats: false, values: { type: 'words', words: ['list', 'set', 'pause', 'resume'] } },
      ...['set', 'pause', 'resume'].map((after) => ({
        after,
        index: 1,
        repeats: false,
        values: { type: 'kind', kind: 'queue' },
      })),
    ]);
    expect(command('call').words[0]?.values).toEqual({ type: 'kind', kind: 'agent-command' });
    expect(command('run')).toMatchObject({
      endsOptions: true,
      words: [
        { index: 0, values: { type: 'kind', kind: 'program' } },
        { index: 1, repeats: true, values: { type: 'kind', kind: 'file' } },
      ],
    });
    expect(command('help').words[0]?.values).toMatchObject({ words: expect.arrayContaining(['top', 'help']) });
  });
});
