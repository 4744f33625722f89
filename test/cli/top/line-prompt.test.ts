import { describe, expect, test } from 'vitest';

import { plainPaint } from '../../../src/cli/paint.ts';
import { Pen } from '../../../src/cli/terminal/pen.ts';
import { LinePrompt } from '../../../src/cli/top/line-prompt.ts';

const pen = await Pen.create({}, plainPaint);

function typed(keys: readonly string[], text?: string): LinePrompt {
  const prompt = new LinePrompt('Filter: ', text);
  for (const key of keys) expect(prompt.onKey(key)).toBe('writing');
  return prompt;
}

describe('LinePrompt', () => {
  test('takes text and edits it', () => {
    expect(typed(['a', ' ', 'é', 'up', 'backspace', '😀']).text).toBe('a 😀');
    expect(typed(['ctrl-w'], 'one two').text).toBe('one ');
    expect(typed(['ctrl-u', 'x'], 'one two').text).toBe('x');
  });

  test('ends by enter, and is left by escape or control-c', () => {
    expect(new LinePrompt('').onKey('enter')).toBe('done');
    expect(new LinePrompt('').onKey('escape')).toBe('left');
    expect(new LinePrompt('').onKey('ctrl-c')).toBe('left');
  });

  test('shows the end of what is too long', () => {
    expect(new LinePrompt('F: ', 'abcdef').line(20, pen)).toBe('F: abcdef_');
    expect(new LinePrompt('F: ', 'abcdef').line(8, pen)).toBe('F: cdef_');
  });
});
