import { expect, test } from 'vitest';
import { commandHash, parseCommand, toWire } from '../../src/protocol/command.ts';
import { readTraceParent, writeTraceParent } from '../../src/protocol/trace-parent.ts';

const TEXT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a trace context is read and written as W3C has it', () => {
  const context = readTraceParent(TEXT);
  expect(context).toEqual({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    isSampled: true,
  });
  expect(context && writeTraceParent(context)).toBe(TEXT);
  expect(readTraceParent(TEXT.replace(/01$/, '02'))?.isSampled).toBe(false);
});

test.each(['', 'x', TEXT.toUpperCase(), TEXT.replace('00-', '01-'), TEXT.replace(/4bf.*?-/, `${'0'.repeat(32)}-`)])(
  'a command whose trace is "%s" is refused, saying what would be right',
  (trace) => {
    expect(readTraceParent(trace)).toBeUndefined();
    expect(() => parseCommand({ command: 'core.system', trace })).toThrow(
      /"trace": must be a W3C traceparent such as 00-/,
    );
  },
);

test('the trace is stored with a command and is no part of what it asks for', () => {
  const command = parseCommand({ command: 'core.system', trace: TEXT });
  expect(toWire(command).trace).toBe(TEXT);
  expect(commandHash(command)).toBe(commandHash(parseCommand({ command: 'core.system' })));
});
