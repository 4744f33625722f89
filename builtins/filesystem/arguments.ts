import * as z from 'zod';
import { AgentError, FILE_BLOCK_BYTES } from 'corex/builtin';

/** As long as Linux takes. */
const LONGEST_PATH = 4095;
const MOST_BITS = 0o7777;

/** The path of a file. */
export const FilePath = z
  .string()
  .min(1)
  .max(LONGEST_PATH)
  .refine((path) => path.startsWith('/'), 'it must be absolute, such as "/srv/data/file"')
  .refine((path) => !path.includes('\0'), 'it must not hold a NUL');

/** The bits of a mode: a number (420), or as people write them ("0644"). */
export const FileMode = z
  .union([z.int().min(0).max(MOST_BITS), z.string().regex(/^[0-7]{1,5}$/)], {
    error: 'it must be a number from 0 to 4095, or octal digits as text, such as "0644"',
  })
  .refine((mode) => modeBits(mode) <= MOST_BITS, 'it must be at most "7777"');

/** The number of a mode. */
export function modeBits(mode: number | string): number {
  return typeof mode === 'number' ? mode : Number.parseInt(mode, 8);
}

/** The bytes of a block. */
export const Block = z
  .base64()
  .max(Math.ceil(FILE_BLOCK_BYTES / 3) * 4)
  .describe('Bytes, as base64; at most 512 KiB of them.');

/** The bytes of a block. Errors: AgentError `bad-arguments` when there are too many. */
export function blockBytes(block: string): Uint8Array {
  const bytes = Buffer.from(block, 'base64');
  if (bytes.length <= FILE_BLOCK_BYTES) return bytes;
  throw new AgentError(
    'bad-arguments',
    `Cannot take a block of ${bytes.length} bytes: at most ${FILE_BLOCK_BYTES} are taken`,
  );
}

/** What is below a directory, too. */
export const Recursive = z
  .boolean()
  .nullish()
  .describe('Everything below it, too. Links are not followed. Default false.');
