import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';

import type { Wrapping } from './stored-form.ts';
import { StateError } from './state-error.ts';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;
const LENGTHS = { authTagLength: TAG_BYTES };

export const KEY_BYTES = 32;

/**
 * Encrypts by AES-256-GCM: a version byte, a nonce made by chance, the text with its tag. What it is kept as is part of
 * what the tag vouches for, so that nothing stored can take the place of something else.
 *
 * Errors: TypeError for a key that has not 32 bytes.
 */
export function encryption(key: Uint8Array): Wrapping {
  if (key.length !== KEY_BYTES)
    throw new TypeError(`Cannot encrypt with a key of ${key.length} bytes: it must have 32`);
  // Made ready once: with bytes, that would be most of the work for a small resource.
  const secret = createSecretKey(key);
  return {
    wrap: (bytes, name) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, secret, nonce, LENGTHS).setAAD(Buffer.from(name));
      const text = [cipher.update(bytes), cipher.final()];
      return Buffer.concat([Buffer.from([VERSION]), nonce, ...text, cipher.getAuthTag()]);
    },
    unwrap: (bytes, name) => {
      if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== VERSION) {
        throw new StateError('damaged', `Cannot read ${name}: it is not encrypted in a way that is known here`);
      }
      try {
        const decipher = createDecipheriv(ALGORITHM, secret, bytes.subarray(1, HEADER_BYTES), LENGTHS)
          .setAAD(Buffer.from(name))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch (error) {
        throw new StateError('damaged', `Cannot read ${name}: the key is another one, or it was changed`, undefined, {
          cause: error,
        });
      }
    },
  };
}
