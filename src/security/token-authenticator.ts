import { createHash, timingSafeEqual } from 'node:crypto';
import type { Authenticator, Credentials } from './authenticator.ts';
import type { Identity } from './identity.ts';

/** Lets in whoever shows the agent’s token. Only the token’s SHA-256 is kept. */
export class TokenAuthenticator implements Authenticator {
  #expected: Buffer;

  /** Errors: RangeError when the token is empty, which would let everybody in. */
  constructor(token: string) {
    this.#expected = digestOf(token);
  }

  /** From now on only this token is right. Connections that used the old one are the server’s to drop. */
  replace(token: string): void {
    this.#expected = digestOf(token);
  }

  authenticate({ token }: Credentials): Identity | undefined {
    // A missing token is compared too, so that it takes as long as a wrong one.
    const shown = createHash('sha256')
      .update(token ?? '')
      .digest();
    return timingSafeEqual(shown, this.#expected) ? { name: 'admin', via: 'token' } : undefined;
  }
}

function digestOf(token: string): Buffer {
  if (token === '') throw new RangeError('Cannot authenticate with an empty token');
  return createHash('sha256').update(token).digest();
}
