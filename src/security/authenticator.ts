import type { Identity } from './identity.ts';

/** What a caller shows before it may connect. */
export interface Credentials {
  /** The bearer token, as it was sent. */
  readonly token: string | undefined;
  /** The certificate its TLS handshake proved, checked against the listener’s authority. */
  readonly certificate: ClientCertificate | undefined;
}

export interface ClientCertificate {
  readonly commonName: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
}

/** Turns credentials into an identity; undefined means no. Takes the same time whatever was wrong. */
export interface Authenticator {
  authenticate(credentials: Credentials): Identity | undefined;
}

/** Asks each in turn; the first that knows the caller decides. */
export function anyOf(authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate: (credentials) => {
      const answers = authenticators.map((authenticator) => authenticator.authenticate(credentials));
      return answers.find((identity) => identity !== undefined);
    },
  };
}
