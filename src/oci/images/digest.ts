/** Digests: what names a blob by its content. */
import { createHash, type Hash } from 'node:crypto';
import * as z from 'zod';

/** `sha256:` or `sha512:` and the sum, in small hexadecimal digits. Nothing else is a path's part or a word of a command line. */
export const Digest = z
  .string()
  .regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, 'expected "sha256:" and 64 hexadecimal digits, or sha512')
  .brand('Digest');
export type Digest = z.infer<typeof Digest>;

/** Whether a text is a digest. */
export function isDigest(text: string): text is Digest {
  return Digest.safeParse(text).success;
}

/** The function and the sum of a digest. */
export function digestParts(digest: Digest): { readonly algorithm: 'sha256' | 'sha512'; readonly sum: string } {
  const [algorithm, sum = ''] = digest.split(':');
  return { algorithm: algorithm === 'sha512' ? 'sha512' : 'sha256', sum };
}

/** A sum that is told piece by piece, of the function that another digest was made with. */
export function hashLike(digest: Digest | undefined): Hash {
  return createHash(digest === undefined ? 'sha256' : digestParts(digest).algorithm);
}

/** What a sum has come to, as a digest of the function `like` was made with. */
export function digestOf(hash: Hash, like?: Digest): Digest {
  const algorithm = like === undefined ? 'sha256' : digestParts(like).algorithm;
  return Digest.parse(`${algorithm}:${hash.digest('hex')}`);
}

/** The digest of bytes that are all there. */
export function digestBytes(bytes: Uint8Array, like?: Digest): Digest {
  return digestOf(hashLike(like).update(bytes), like);
}

/** The first digits, for people and messages. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}
