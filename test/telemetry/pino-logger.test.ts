import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createLogger, type LoggerOptions, type OwnedLogger } from '../../src/telemetry/pino-logger.ts';
import { Secrets } from '../../src/telemetry/secrets.ts';
import { tempDir } from '../harness/temp-dir.ts';

/** The lines a logger wrote to its file, parsed. */
async function linesOf(
  use: (logger: OwnedLogger) => void,
  options: Partial<LoggerOptions> = {},
): Promise<Record<string, unknown>[]> {
  await using directory = tempDir();
  const path = directory.at('log');
  const logger = createLogger({ level: 'debug', file: { path, maxBytes: 1e9, keep: 1 }, ...options });
  use(logger);
  await logger[Symbol.asyncDispose]();
  const text = readFileSync(path, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('createLogger()', () => {
  test('writes JSON lines with level, time, facts and message', async () => {
    const lines = await linesOf(
      (logger) => {
        logger.info({ job: 'a' }, 'It runs');
        logger.child({ part: 'engine' }).child({ x: 1 }).error({ y: 2 }, 'It fails');
      },
      { facts: { pid: 1 } },
    );
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(lines).toEqual([
      { level: 'info', time, pid: 1, job: 'a', msg: 'It runs' },
      { level: 'error', time, pid: 1, part: 'engine', x: 1, y: 2, msg: 'It fails' },
    ]);
  });

  test.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['silent', []],
  ] as const)('at level %s writes %j', async (level, written) => {
    await using directory = tempDir();
    const path = directory.at('log');
    const logger = createLogger({ level, file: { path, maxBytes: 1e9, keep: 1 } });
    for (const name of ['debug', 'info', 'warn', 'error'] as const) logger.child({})[name]({}, name);
    await logger[Symbol.asyncDispose]();
    const text = written.length === 0 ? '' : readFileSync(path, 'utf8');
    expect([...text.matchAll(/"msg":"(\w+)"/g)].map((match) => match[1])).toEqual(written);
  });

  test('can be given another level at once, with all its children', async () => {
    const lines = await linesOf(
      (logger) => {
        const child = logger.child({ part: 'x' }).child({});
        for (const level of ['warn', 'debug', 'silent', 'info'] as const) {
          logger.setLevel(level);
          expect(logger.level).toBe(level);
          child.debug({}, `debug at ${level}`);
          child.warn({}, `warn at ${level}`);
        }
      },
      { level: 'error' },
    );
    expect(lines.map(({ msg }) => msg)).toEqual(['warn at warn', 'debug at debug', 'warn at debug', 'warn at info']);
  });

  test('lets others read along, without its secrets, and is not disturbed by them', async () => {
    const heard: string[] = [];
    await linesOf((logger) => {
      logger.secrets.add('correct horse');
      using _bad = logger.tap(() => {
        throw new Error('no');
      });
      {
        using _ear = logger.tap((line) => heard.push(line));
        logger.child({ part: 'x' }).info({ token: 'abc' }, 'correct horse');
      }
      logger.info({}, 'not heard');
    });
    expect(heard.map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: 'info', time: expect.any(String), part: 'x', token: '[redacted]', msg: '[redacted]' },
    ]);
  });

  test('keeps members with the name of a secret to itself', async () => {
    const lines = await linesOf((logger) => {
      logger.info(
        {
          token: 'a',
          headers: { authorization: 'b', cookie: 'c', 'sec-websocket-protocol': 'd', host: 'h' },
          deep: { er: { password: 'e', secret: 'f', user: 'u' } },
        },
        'x',
      );
      logger.child({ token: 'g' }).info({}, 'x');
    });
    const censored = '[redacted]';
    expect(lines).toMatchObject([
      {
        token: censored,
        headers: { authorization: censored, cookie: censored, 'sec-websocket-protocol': censored, host: 'h' },
        deep: { er: { password: censored, secret: censored, user: 'u' } },
      },
      { token: censored },
    ]);
  });

  test('keeps known secret values to itself, wherever they stand', async () => {
    const secrets = new Secrets();
    secrets.add('correct horse "battery"');
    const value = 'correct horse "battery"';
    const lines = await linesOf(
      (logger) => {
        logger.warn({ url: `ws://x/?t=${encodeURIComponent(value)}`, args: ['-p', value] }, `Cannot use ${value}`);
        logger.error({ error: new Error(value, { cause: new Error(value) }) }, 'x');
        logger.child({ value }).info({ base64: Buffer.from(`ann:${value}`).toString('base64') }, 'x');
      },
      { secrets },
    );
    expect(lines).toHaveLength(3);
    const text = JSON.stringify(lines);
    for (const form of ['correct', 'horse', 'battery', 'Y29ycmVjdCBob3JzZ']) expect(text).not.toContain(form);
    expect(lines[0]).toMatchObject({ msg: 'Cannot use [redacted]', args: ['-p', '[redacted]'] });
  });

  test('writes errors with their stack and cause', async () => {
    const [line] = await linesOf((logger) => {
      logger.error({ error: new Error('It broke', { cause: new Error('of age') }) }, 'x');
    });
    expect(line).toMatchObject({ error: { message: 'It broke: of age', stack: expect.stringContaining('caused by') } });
  });

  test('never throws, whatever the facts are', async () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const lines = await linesOf((logger) => {
      logger.info(circle, 'circle');
      logger.info({ n: 1n, f: () => 1, s: Symbol('s'), u: undefined }, 'odd');
      const trap = {
        get x() {
          throw new Error('no');
        },
      };
      logger.info(trap, 'trap');
      logger.child(circle).info(trap, 'child');
    });
    expect(lines.map(({ msg }) => msg)).toEqual(['circle', 'odd', 'trap', 'child']);
  });

  test('cuts a line short that is too long', async () => {
    const [line] = await linesOf((logger) => {
      logger.info({ text: 'x'.repeat(1_000_000) }, 'long');
    });
    expect(line).toMatchObject({ level: 'warn', msg: 'A line of this log was too long' });
    expect(JSON.stringify(line).length).toBeLessThan(2000);
  });
});
