/** An address with an absolute path: a unix socket's is relative to who gave it. */
export function absoluteAddress(address: string, resolve: (file: string) => string): string {
  const file = /^unix:(?:\/\/(?=\/))?(.+)$/s.exec(address)?.[1];
  return file === undefined ? address : `unix:${resolve(file)}`;
}
