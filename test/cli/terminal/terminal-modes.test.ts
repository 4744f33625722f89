import { describe, expect, test } from 'vitest';

import { TerminalModes } from '../../../src/cli/terminal/terminal-modes.ts';

function after(...texts: string[]): TerminalModes {
  const modes = new TerminalModes();
  for (const text of texts) modes.take(Buffer.from(text));
  return modes;
}

describe('TerminalModes', () => {
  test('has nothing to do for a program that only writes', () => {
    const modes = after('plain \u001B[31mred\u001B[0m\r\n');
    expect([modes.enter, modes.leave, modes.isFullScreen]).toEqual(['', '', false]);
  });

  test.each([
    ['\u001B[?25l', '\u001B[?25l', '\u001B[?25h'],
    ['\u001B[?1049h', '\u001B[?1049h', '\u001B[?1049l'],
    ['\u001B[?1000;1006h', '\u001B[?1000h\u001B[?1006h', '\u001B[?1000l\u001B[?1006l'],
    ['\u001B=', '\u001B=', '\u001B>'],
    ['\u001B[2;20r', '\u001B[2;20r', '\u001B7\u001B[r\u001B8'],
    ['\u001B[4 q', '\u001B[4 q', '\u001B[0 q'],
    ['\u001B[>4;2m', '\u001B[>4;2m', '\u001B[>4m'],
    ['\u001B[>1u\u001B[>5u', '\u001B[>1u\u001B[>5u', '\u001B[<2u'],
    ['\u001B[31m', '', '\u001B[m'],
    ['\u001B(0', '', '\u001B(B\u000F'],
  ])('after %j a terminal is made so by %j, and as before by %j', (text, enter, leave) => {
    expect(after(text)).toMatchObject({ enter, leave });
  });

  test.each([
    ['\u001B[?1049h\u001B[?25l', '\u001B[?25h\u001B[?1049l'],
    ['\u001B=\u001B[2;20r', '\u001B>\u001B[r'],
    ['\u001B[4 q\u001B[>4;2m\u001B[>1u', '\u001B[0 q\u001B[>4;m\u001B[<u'],
    ['\u001B[?1h\u001B[31m\u001B(0', '\u001Bc'],
  ])('what %j changed is as before after %j', (set, reset) => {
    expect(after(set).leave).not.toBe('');
    expect(after(set, reset).leave).toBe('');
  });

  test('leaves the other screen last, where the program left its text', () => {
    expect(after('\u001B[?1049h\u001B[?25l\u001B[31m').leave).toBe('\u001B[m\u001B[?25h\u001B[?1049l');
  });

  test('keeps from before what was not changed later', () => {
    const modes = after('\u001B[?1049h\u001B[?25l');
    modes.takeLater(after('\u001B[?25h\u001B='));
    expect([modes.isFullScreen, modes.leave]).toEqual([true, '\u001B>\u001B[?1049l']);
  });
});
