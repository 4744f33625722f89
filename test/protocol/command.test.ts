import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { COMMAND_DEFAULTS, commandHash, parseCommand, toWire, type WireCommand } from '../../src/protocol/command.ts';

/** A command that says everything a command can say, nothing of it the default. */
const whole = {
  command: 'core.system',
  id: 'job-1',
  ref: 7,
  arguments: { name: 'true' },
  after: ['job-0', { id: 'db', condition: 'started' }],
  queue: 'disk',
  priority: 5,
  stats_interval: 2,
  max_time: 1.5,
  kill_grace: 3,
  max_restart: 4,
  restart_delay: 0.5,
  restart_max_delay: 30,
  recurring_period: 60,
  success_codes: [1],
  stream: true,
  log_levels: [1, 2],
  tags: ['nightly'],
  keep: true,
  ttl: 10,
  raw: true,
};

const seconds = fc.oneof(
  fc.constant(null),
  fc.nat(1_000_000),
  fc.double({ min: 0, max: 1_000_000_000, noNaN: true }),
  fc.nat(100_000).map((hundredths) => hundredths / 100),
);
const optional = { requiredKeys: ['command'] as 'command'[] };
const anyCommand: fc.Arbitrary<WireCommand> = fc.record(
  {
    command: fc.string({ minLength: 1, maxLength: 40 }),
    id: fc.option(fc.stringMatching(/^[!-~]{1,20}$/)),
    ref: fc.option(fc.oneof(fc.string({ maxLength: 20 }), fc.integer())),
    arguments: fc.jsonValue(),
    after: fc.option(
      fc.array(
        fc.oneof(
          fc.stringMatching(/^[!-~]{1,20}$/),
          fc.record({
            id: fc.stringMatching(/^[!-~]{1,20}$/),
            condition: fc.constantFrom('success' as const, 'done' as const, 'started' as const, null),
          }),
        ),
      ),
    ),
    queue: fc.option(fc.string({ maxLength: 20 })),
    priority: fc.option(fc.integer({ min: -1000, max: 1000 })),
    stats_interval: seconds,
    max_time: seconds,
    kill_grace: seconds,
    max_restart: fc.option(fc.nat(1_000_000_000)),
    restart_delay: seconds,
    restart_max_delay: seconds,
    recurring_period: seconds,
    success_codes: fc.option(fc.array(fc.nat(255))),
    stream: fc.option(fc.boolean()),
    log_levels: fc.option(fc.array(fc.nat(255))),
    tags: fc.option(fc.array(fc.string({ minLength: 1, maxLength: 20 }))),
    keep: fc.option(fc.boolean()),
    ttl: seconds,
    raw: fc.option(fc.boolean()),
  },
  optional,
);

describe('parseCommand()', () => {
  test('fills in the defaults, but for those that may be configured', () => {
    expect(parseCommand({ command: 'core.system' })).toEqual({
      name: 'core.system',
      id: undefined,
      ref: undefined,
      args: undefined,
      after: [],
      queue: undefined,
      statsIntervalMs: undefined,
      maxTimeMs: undefined,
      recurringPeriodMs: undefined,
      successCodes: [],
      stream: false,
      logLevels: undefined,
      tags: [],
      keep: false,
      raw: false,
      ...COMMAND_DEFAULTS,
      killGraceMs: undefined,
      ttlMs: undefined,
    });
  });

  test('turns seconds into milliseconds, fractions too', () => {
    expect(parseCommand({ command: 'a', max_time: 1.5, kill_grace: 0.25, ttl: 60 })).toMatchObject({
      maxTimeMs: 1500,
      killGraceMs: 250,
      ttlMs: 60_000,
    });
  });

  test('takes null and 0 for absent', () => {
    const nothing = Object.fromEntries(
      Object.keys(toWire(parseCommand(whole)))
        .filter((key) => key !== 'command')
        .map((key) => [key, null]),
    );
    const zero = { max_time: 0, kill_grace: 0, stats_interval: 0, restart_delay: 0, recurring_period: 0, ttl: 0 };
    expect(parseCommand({ ...nothing, command: 'a' })).toEqual(parseCommand({ command: 'a' }));
    expect(parseCommand({ ...zero, command: 'a' })).toEqual(parseCommand({ command: 'a' }));
  });

  test.each([
    [{ command: 'a', max_tme: 1 }, 'Cannot read the command: unknown key "max_tme", did you mean "max_time"?'],
    [{ command: 'a', quux: 1 }, 'Cannot read the command: unknown key "quux"'],
    [{ command: '' }, /^Cannot read the command: "command": /],
    [{}, /^Cannot read the command: "command": /],
    [{ command: 'a', id: 'two words' }, /"id": must be printable ASCII without spaces$/],
    [{ command: 'a', id: 'x'.repeat(129) }, /"id": /],
    [{ command: 'a', max_time: -1 }, /"max_time": /],
    [{ command: 'a', max_time: Number.POSITIVE_INFINITY }, /"max_time": /],
    [{ command: 'a', max_time: '5' }, /"max_time": /],
    [{ command: 'a', log_levels: [256] }, /"log_levels.0": /],
    [{ command: 'a', max_restart: 1.5 }, /"max_restart": /],
    [{ command: 'a', priority: 1001 }, /"priority": /],
    [{ command: 'a', after: [{ id: 'b', condition: 'soon' }] }, /"after.0": .*one of success, done, started$/],
    ['core.ping', /^Cannot read the command: /],
    [null, /^Cannot read the command: /],
    [[], /^Cannot read the command: /],
  ])('refuses %j', (value, message) => {
    expect(() => parseCommand(value)).toThrow(expect.objectContaining({ code: 'bad-command' }));
    expect(() => parseCommand(value)).toThrow(message);
  });
});

describe('toWire()', () => {
  test('leaves out what has its default', () => {
    expect(toWire(parseCommand({ command: 'a', max_restart: 0, restart_delay: 1, tags: [], ref: 1 }))).toEqual({
      command: 'a',
    });
  });

  test('keeps all the rest but the ref', () => {
    const { ref: _ref, ...kept } = whole;
    expect(toWire(parseCommand(whole))).toEqual(kept);
  });

  test('reads back as a command of the same content', () => {
    fc.assert(
      fc.property(anyCommand, (wire) => {
        const stored = JSON.parse(JSON.stringify(toWire(parseCommand(wire)))) as unknown;
        expect(commandHash(parseCommand(stored))).toBe(commandHash(parseCommand(wire)));
      }),
    );
  });
});

describe('commandHash()', () => {
  test.each([{ id: 'other' }, { ref: 'other' }, { stream: true }, { ttl: 5 }])(
    'does not count %j, which only says how to answer',
    (change) => {
      expect(commandHash(parseCommand({ command: 'a', ...change }))).toBe(commandHash(parseCommand({ command: 'a' })));
    },
  );

  test.each(Object.entries(whole).filter(([key]) => !['command', 'id', 'ref', 'stream', 'ttl'].includes(key)))(
    'counts %s',
    (key, value) => {
      expect(commandHash(parseCommand({ command: 'a', [key]: value }))).not.toBe(
        commandHash(parseCommand({ command: 'a' })),
      );
    },
  );
});
