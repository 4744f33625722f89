import { describe, expect, test } from 'vitest';

import type { OptionSpecs, WordsSpec } from '../../src/cli/cli-command.ts';
import { parseOptions } from '../../src/cli/parse-options.ts';

const specs = {
  queue: { type: 'text', short: 'q', value: 'NAME', summary: 'queue' },
  priority: { type: 'integer', value: 'N', min: -10, max: 10, summary: 'priority' },
  tag: { type: 'text', value: 'TAG', multiple: true, summary: 'tags' },
  detach: { type: 'flag', short: 'd', summary: 'detach' },
  timeout: { type: 'duration', value: 'TIME', summary: 'timeout' },
  args: { type: 'json', value: 'JSON', summary: 'arguments' },
  signal: { type: 'signal', value: 'S', summary: 'signal' },
} as const satisfies OptionSpecs;

const parse = (line: readonly string[], words: WordsSpec = { max: 9 }) => parseOptions(line, specs, words);

describe('parseOptions()', () => {
  test('gives every option a value: false, an empty list or undefined when it is not there', () => {
    expect(parse([])).toEqual({
      options: {
        queue: undefined,
        priority: undefined,
        tag: [],
        detach: false,
        timeout: undefined,
        args: undefined,
        signal: undefined,
      },
      words: [],
      help: false,
    });
  });

  test('reads values in every spelling, typed', () => {
    const line = [
      '-q',
      'a',
      '--priority=-5',
      '--tag',
      'x',
      '--tag=y',
      '-d',
      '--timeout',
      '1m',
      '--args',
      '{"a":1}',
      '--signal',
      'term',
      'word',
    ];
    expect(parse(line)).toEqual({
      options: {
        queue: 'a',
        priority: -5,
        tag: ['x', 'y'],
        detach: true,
        timeout: 60,
        args: { a: 1 },
        signal: 'SIGTERM',
      },
      words: ['word'],
      help: false,
    });
    expect(parse(['-dq', 'b']).options).toMatchObject({ detach: true, queue: 'b' });
    expect(parse(['-qb']).options).toMatchObject({ queue: 'b' });
    expect(parse(['--priority', '-5']).options).toMatchObject({ priority: -5 });
  });

  test('gives a letter to another option where one is given beside it, and not behind the first word', () => {
    const exchanging = {
      stdin: { type: 'flag', short: 'i', summary: 'stdin' },
      timeout: { type: 'duration', short: 't', value: 'TIME', summary: 'timeout' },
      tty: { type: 'flag', shortWith: { letter: 't', option: 'image' }, summary: 'terminal' },
      image: { type: 'text', value: 'IMAGE', summary: 'image' },
    } as const satisfies OptionSpecs;
    const read = (...line: string[]) => parseOptions(line, exchanging, { endOptions: true });
    for (const line of [
      ['--image', 'x', '-it', '--', 'sh'],
      ['-it', '--image', 'x', 'sh'],
    ]) {
      expect(read(...line)).toMatchObject({
        options: { image: 'x', stdin: true, tty: true, timeout: undefined },
        words: ['sh'],
      });
    }
    expect(read('-t', '10s', 'sh', '--image', 'x')).toMatchObject({
      options: { tty: false, timeout: 10, image: undefined },
      words: ['sh', '--image', 'x'],
    });
  });

  test('lets the last of several values win', () => {
    expect(parse(['--queue', 'a', '--queue', 'b']).options).toMatchObject({ queue: 'b' });
  });

  test('finds --help and -h, also where something else is missing', () => {
    expect(parse(['--help'], { min: 1 }).help).toBe(true);
    expect(parse(['-h'], { min: 1 }).help).toBe(true);
  });

  test.each([
    [['--quue', 'a'], 'unknown option "--quue", did you mean "--queue"?'],
    [['-x'], 'unknown option "-x"'],
    [['--__proto__', 'a'], 'unknown option "--__proto__"'],
    [['--constructor=1'], 'unknown option "--constructor"'],
    [['--queue'], 'Cannot read "--queue": its value NAME is missing'],
    [['--queue', '--detach'], 'Cannot read "--queue": its value NAME is missing'],
    [['--detach=1'], 'Cannot take a value for "--detach": it is a switch'],
    [['--priority', '11'], 'Cannot read --priority "11": a whole number from -10 to 10 is wanted'],
    [['--priority', '1.5'], 'Cannot read --priority "1.5"'],
    [['--timeout', 'soon'], 'Cannot read --timeout "soon": a duration such as'],
    [['--signal', 'FOO'], 'Cannot read --signal "FOO": a signal such as'],
    [['--args', '{'], 'Cannot read --args: '],
  ])('refuses %j', (line, message) => {
    expect(() => parse(line)).toThrow(message);
    expect(() => parse(line)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test('counts words', () => {
    expect(() => parse(['a', 'b'], { max: 1 })).toThrow('"b" is one word too many');
    expect(() => parse([], { min: 1 })).toThrow('something is missing');
    expect(() => parse(['a'], {})).toThrow('"a" is one word too many');
  });

  describe('of a command that passes arguments on', () => {
    const words: WordsSpec = { endOptions: true };

    test('leaves everything after -- as it is', () => {
      expect(parse(['-d', '--', 'ls', '-la', '--', '--help'], words)).toMatchObject({
        options: { detach: true },
        words: ['ls', '-la', '--', '--help'],
        help: false,
      });
    });

    test('leaves everything from the first word on as it is', () => {
      expect(parse(['-q', 'x', 'ls', '-d', '--help', '--unknown'], words)).toMatchObject({
        options: { detach: false, queue: 'x' },
        words: ['ls', '-d', '--help', '--unknown'],
        help: false,
      });
    });

    test.each([
      [['-d', 'web', '--', 'sh', '--', '-c'], 'web', ['sh', '--', '-c']],
      [['web', '--'], 'web', []],
      [['sh', '-c', '--', 'x'], undefined, ['sh', '-c', '--', 'x']],
      [['--', 'sh', '--', 'x'], undefined, ['sh', '--', 'x']],
      [['-q', 'web', '--', 'sh'], undefined, ['sh']],
    ])('takes one word before -- as a place, where there may be one: %j', (line, place, rest) => {
      expect(parse(line, { ...words, place: true })).toMatchObject({ place, words: rest });
      expect(parse(line, words).place).toBeUndefined();
    });

    test('still refuses unknown options before it', () => {
      expect(() => parse(['--detatch', '--', 'ls'], words)).toThrow('did you mean "--detach"?');
    });
  });
});
