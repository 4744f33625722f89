import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Redactor } from '../../../src/host/redact/redactor.ts';

/** What is to be left of a text, found by looking at each place. */
function expected(secrets: readonly string[], text: string): string {
  const isCovered = Array.from({ length: text.length }, () => false);
  for (const secret of secrets) {
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
      isCovered.fill(true, at, at + secret.length);
    }
    for (let size = secret.length - 1; size > Math.min(3, Math.floor(secret.length / 4)); size -= 1) {
      if (text.endsWith(secret.slice(0, size))) isCovered.fill(true, text.length - size);
    }
  }
  let shown = '';
  for (let at = 0; at < text.length; at += 1) {
    if (isCovered[at] !== true) shown += text[at] ?? '';
    else if (at === 0 || isCovered[at - 1] !== true) shown += '[redacted]';
  }
  return shown;
}

/** What comes out of pieces. */
function shownOf(secrets: readonly string[], pieces: readonly string[]): string {
  const redactor = new Redactor(secrets);
  const shown = pieces.map((piece) => redactor.push(Buffer.from(piece)).toString());
  return shown.join('') + redactor.end().toString();
}

function cut(text: string, places: readonly number[]): string[] {
  const borders = [0, ...places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return borders.slice(1).map((to, index) => text.slice(borders[index], to));
}

const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength });

describe('Redactor', () => {
  test('takes every byte of every secret out, and nothing else, however the stream is split', () => {
    fc.assert(
      fc.property(
        fc.array(letters(12).filter(Boolean), { minLength: 1, maxLength: 4 }),
        letters(80),
        fc.array(fc.nat(80), { maxLength: 12 }),
        (secrets, text, places) => {
          expect(shownOf(secrets, cut(text, places))).toBe(expected(secrets, text));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('hands bytes that hold nothing of a secret on as they are, without a copy', () => {
    const redactor = new Redactor(['hunter2hunter2']);
    const bytes = Buffer.from('nothing of it\n');
    expect(redactor.push(bytes)).toBe(bytes);
    expect(redactor.waiting).toBe(0);
  });

  test('holds back what may be a beginning, and shows it when it was none', () => {
    const redactor = new Redactor(['hunter2hunter2']);
    expect(redactor.push(Buffer.from('the hunt')).toString()).toBe('the ');
    expect(redactor.waiting).toBe(4);
    expect(redactor.push(Buffer.from(' is on')).toString()).toBe('hunt is on');
  });

  test('shows too little of a secret to be one when nothing follows for a while, and the rest of it never', () => {
    const redactor = new Redactor(['hunter2hunter2']);
    expect(redactor.push(Buffer.from('> h')).toString()).toBe('> ');
    expect(redactor.rest().toString()).toBe('h');
    expect(redactor.rest().toString()).toBe('');
    expect(redactor.push(Buffer.from('unt')).toString()).toBe('');
    expect(redactor.rest().toString()).toBe('');
    expect(redactor.push(Buffer.from('er2hunter2!')).toString()).toBe('[redacted]!');
  });

  test('shows no more than three bytes of a secret that is written byte by byte with pauses', () => {
    const secret = 'correct horse battery staple';
    const redactor = new Redactor([secret]);
    let shown = '';
    for (const letter of `${secret}\n`) {
      shown += redactor.push(Buffer.from(letter)).toString();
      shown += redactor.rest().toString();
    }
    expect(shown).toBe('cor[redacted]\n');
  });

  test('hides the beginning of a secret whose rest never comes', () => {
    expect(shownOf(['hunter2hunter2'], ['password: hunter2'])).toBe('password: [redacted]');
    expect(shownOf(['hunter2hunter2'], ['what hu'])).toBe('what hu');
  });

  test('knows secrets that hold each other, and bytes that are no letters', () => {
    expect(shownOf(['päss', 'päss-word'], ['a p', 'äss-wor', 'd päss.'])).toBe('a [redacted] [redacted].');
    expect(shownOf(['line one\nline two'], ['>line one\n', 'line two<'])).toBe('>[redacted]<');
  });
});
