import { randomUUID } from 'node:crypto';

/**
 * A UUID made by chance, for what is kept: in one piece. Those of Node are put together of fifteen pieces, which live as
 * long as it does and take ten times its memory.
 */
export function keptUuid(): string {
  return Buffer.from(randomUUID(), 'latin1').toString('latin1');
}
