import type { Authenticator } from './authenticator.ts';

/** Lets in whoever the TLS handshake proved to hold a certificate of the listener’s client authority. */
export const certificateAuthenticator: Authenticator = {
  authenticate: ({ certificate }) =>
    certificate === undefined ? undefined : { name: certificate.commonName, via: 'certificate' },
};
