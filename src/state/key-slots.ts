/** One master key, locked in several boxes: each opens with a passphrase or a private key of its own. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import * as z from 'zod';

import { parseJson } from '../base/json.ts';
import { encryption, KEY_BYTES } from './encryption.ts';

/** Who may open a slot: whoever knows a passphrase, or has the private key to this public one (X25519, PEM). */
export type Lock = { readonly passphrase: string } | { readonly recipient: string };

/** What opens a slot. `privateKey`: X25519, PEM. */
export type Opener = { readonly passphrase: string } | { readonly privateKey: string };

export type KeySlotsErrorCode =
  'slot-exists' | 'slot-not-found' | 'last-slot' | 'wrong-key' | 'damaged' | 'unknown-version';

export class KeySlotsError extends Error {
  override readonly name = 'KeySlotsError';
  readonly code: KeySlotsErrorCode;

  constructor(code: KeySlotsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const VERSION = 1;
const SALT_BYTES = 16;
/** About 64 MiB and a tenth of a second for each try. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const PURPOSE = 'corex state key slot';

const Slot = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('passphrase'), salt: z.string(), box: z.string() }),
  z.strictObject({ type: z.literal('x25519'), ephemeral: z.string(), box: z.string() }),
]);
type Slot = z.infer<typeof Slot>;

const Written = z.strictObject({ version: z.number(), slots: z.record(z.string(), Slot), mac: z.string() });

/**
 * The slots of a master key. Slots come and go without anything being encrypted anew. A code of authenticity over all of
 * them tells whether somebody who does not know the key changed one.
 */
export class KeySlots {
  readonly #slots: Map<string, Slot>;
  #mac: string;

  private constructor(slots: Map<string, Slot>, mac: string) {
    this.#slots = slots;
    this.#mac = mac;
  }

  /** A new master key in one slot. */
  static create(name: string, lock: Lock): { readonly slots: KeySlots; readonly key: Uint8Array } {
    const key = randomBytes(KEY_BYTES);
    const slots = new KeySlots(new Map([[name, boxed(name, key, lock)]]), '');
    slots.#sign(key);
    return { slots, key };
  }

  /** Errors: KeySlotsError `damaged`, `unknown-version`. */
  static parse(text: string): KeySlots {
    const parsed = parseJson(text);
    if (!parsed.ok) throw new KeySlotsError('damaged', `Cannot read the key slots: ${parsed.message}`);
    const written = Written.safeParse(parsed.value);
    if (!written.success) throw new KeySlotsError('damaged', `Cannot read the key slots: ${written.error.message}`);
    const { version, slots, mac } = written.data;
    if (version !== VERSION) {
      throw new KeySlotsError('unknown-version', `Cannot read key slots of version ${version}: ${VERSION} is known`);
    }
    return new KeySlots(new Map(Object.entries(slots)), mac);
  }

  get names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /** The master key. Errors: KeySlotsError `slot-not-found`, `wrong-key`, `damaged`. */
  open(name: string, opener: Opener): Uint8Array {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw missing(name);
    const key = unboxed(name, slot, opener);
    const [expected, found] = [Buffer.from(this.#codeBy(key)), Buffer.from(this.#mac)];
    if (expected.length !== found.length || !timingSafeEqual(expected, found)) {
      throw new KeySlotsError('damaged', 'Cannot use the key slots: they were changed by somebody without the key');
    }
    return key;
  }

  /** Errors: KeySlotsError `slot-exists`, and those of {@link open} for the slot that is opened. */
  add(name: string, lock: Lock, by: { readonly name: string; readonly opener: Opener }): void {
    const key = this.open(by.name, by.opener);
    if (this.#slots.has(name))
      throw new KeySlotsError('slot-exists', `Cannot add the key slot "${name}": there is one`);
    this.#slots.set(name, boxed(name, key, lock));
    this.#sign(key);
  }

  /** `opener` opens the slot `by`, the one that goes where that is not said. Errors: KeySlotsError `last-slot`, and those of {@link open}. */
  remove(name: string, opener: Opener, by = name): void {
    const key = this.open(by, opener);
    if (!this.#slots.has(name)) throw missing(name);
    if (this.#slots.size === 1) {
      throw new KeySlotsError('last-slot', `Cannot remove the key slot "${name}": without it nothing could be read`);
    }
    this.#slots.delete(name);
    this.#sign(key);
  }

  toString(): string {
    return JSON.stringify({ version: VERSION, slots: Object.fromEntries(this.#slots), mac: this.#mac });
  }

  #sign(key: Uint8Array): void {
    this.#mac = this.#codeBy(key);
  }

  #codeBy(key: Uint8Array): string {
    const code = createHmac('sha256', key);
    for (const [name, slot] of [...this.#slots].sort(([one], [other]) => (one < other ? -1 : 1))) {
      code.update(JSON.stringify([name, slot]));
    }
    return code.digest('base64');
  }
}

/** A new pair for a slot, PEM. */
export function newRecipient(): { readonly recipient: string; readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { recipient: publicKey, privateKey };
}

function boxed(name: string, key: Uint8Array, lock: Lock): Slot {
  if ('passphrase' in lock) {
    const salt = randomBytes(SALT_BYTES);
    const box = encryption(scryptSync(lock.passphrase, salt, KEY_BYTES, SCRYPT)).wrap(key, name);
    return { type: 'passphrase', salt: salt.toString('base64'), box: Buffer.from(box).toString('base64') };
  }
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ephemeral = publicKey.export({ type: 'spki', format: 'der' });
  const shared = diffieHellman({ privateKey, publicKey: createPublicKey(lock.recipient) });
  const box = encryption(derived(shared, ephemeral)).wrap(key, name);
  return { type: 'x25519', ephemeral: ephemeral.toString('base64'), box: Buffer.from(box).toString('base64') };
}

function unboxed(name: string, slot: Slot, opener: Opener): Uint8Array {
  try {
    return encryption(openingKey(slot, opener)).unwrap(Buffer.from(slot.box, 'base64'), name);
  } catch (error) {
    if (error instanceof KeySlotsError) throw error;
    throw new KeySlotsError('wrong-key', `Cannot open the key slot "${name}": this does not open it`, { cause: error });
  }
}

function openingKey(slot: Slot, opener: Opener): Uint8Array {
  if (slot.type === 'passphrase' && 'passphrase' in opener) {
    return scryptSync(opener.passphrase, Buffer.from(slot.salt, 'base64'), KEY_BYTES, SCRYPT);
  }
  if (slot.type === 'x25519' && 'privateKey' in opener) {
    const ephemeral = Buffer.from(slot.ephemeral, 'base64');
    const publicKey = createPublicKey({ key: ephemeral, type: 'spki', format: 'der' });
    return derived(diffieHellman({ privateKey: createPrivateKey(opener.privateKey), publicKey }), ephemeral);
  }
  const needed = slot.type === 'passphrase' ? 'a passphrase' : 'a private key';
  throw new KeySlotsError('wrong-key', `Cannot open the key slot: it opens with ${needed}`);
}

function derived(shared: Uint8Array, ephemeral: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', shared, ephemeral, PURPOSE, KEY_BYTES));
}

function missing(name: string): KeySlotsError {
  return new KeySlotsError('slot-not-found', `Cannot open the key slot "${name}": there is none of this name`);
}
