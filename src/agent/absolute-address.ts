import type { PathResolver } from './read-settings.ts';

/** An address with an absolute path: a unix socket's is relative to who gave the key. */
export function absoluteAddress(key: string, address: string, resolve: PathResolver): string {
  const file = /^unix:(?:\/\/(?=\/))?(.+)$/s.exec(address)?.[1];
  return file === undefined ? address : `unix:${resolve(key, file)}`;
}
