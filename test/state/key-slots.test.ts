import { describe, expect, test } from 'vitest';

import { KeySlots, KeySlotsError, newRecipient } from '../../src/state/key-slots.ts';

function coded(code: KeySlotsError['code']): Error {
  return expect.toSatisfy((error) => error instanceof KeySlotsError && error.code === code) as Error;
}

describe('key slots', () => {
  test('open with a passphrase or a private key, and give the same key after being written down', () => {
    const { recipient, privateKey } = newRecipient();
    const { slots, key } = KeySlots.create('first', { passphrase: 'correct horse' });
    slots.add('second', { recipient }, { name: 'first', opener: { passphrase: 'correct horse' } });
    const again = KeySlots.parse(slots.toString());
    expect(again.names).toEqual(['first', 'second']);
    expect(again.open('first', { passphrase: 'correct horse' })).toEqual(key);
    expect(again.open('second', { privateKey })).toEqual(key);
  });

  test('come and go while the key stays; the last one stays', () => {
    const { slots, key } = KeySlots.create('old', { passphrase: 'a' });
    const by = { name: 'old', opener: { passphrase: 'a' } };
    slots.add('new', { passphrase: 'b' }, by);
    expect(() => {
      slots.add('new', { passphrase: 'c' }, by);
    }).toThrow(coded('slot-exists'));
    slots.remove('old', { passphrase: 'a' });
    expect(() => slots.open('old', { passphrase: 'a' })).toThrow(coded('slot-not-found'));
    expect(KeySlots.parse(slots.toString()).open('new', { passphrase: 'b' })).toEqual(key);
    expect(() => {
      slots.remove('new', { passphrase: 'b' });
    }).toThrow(coded('last-slot'));
  });

  test('don’t open with anything else', () => {
    const { slots } = KeySlots.create('one', { passphrase: 'a' });
    expect(() => slots.open('one', { passphrase: 'b' })).toThrow(coded('wrong-key'));
    expect(() => slots.open('one', { privateKey: newRecipient().privateKey })).toThrow(coded('wrong-key'));
    const other = KeySlots.create('one', { recipient: newRecipient().recipient }).slots;
    expect(() => other.open('one', { privateKey: newRecipient().privateKey })).toThrow(coded('wrong-key'));
  });

  test('tell when one was put in, left out or changed by somebody without the key', () => {
    const { slots } = KeySlots.create('one', { passphrase: 'a' });
    slots.add('two', { passphrase: 'b' }, { name: 'one', opener: { passphrase: 'a' } });
    const { slots: foreign } = KeySlots.create('three', { passphrase: 'c' });
    const [written, theirs] = [slots, foreign].map((from) => JSON.parse(from.toString()) as Written);
    if (written === undefined || theirs === undefined) throw new Error('Nothing was written');
    const { two: _two, ...without } = written.slots;
    for (const changed of [without, { ...written.slots, ...theirs.slots }]) {
      const read = KeySlots.parse(JSON.stringify({ ...written, slots: changed }));
      expect(() => read.open('one', { passphrase: 'a' })).toThrow(coded('damaged'));
    }
    expect(() => KeySlots.parse('{')).toThrow(coded('damaged'));
    expect(() => KeySlots.parse(JSON.stringify({ ...written, version: 2 }))).toThrow(coded('unknown-version'));
  });
});

interface Written {
  readonly version: number;
  readonly slots: Record<string, unknown>;
  readonly mac: string;
}
