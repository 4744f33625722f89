/** Sizes as they are written in the configuration. */
import * as z from 'zod';
import { parseByteSize } from '../base/byte-size.ts';

/** A whole number of bytes, or a text such as `64 MiB`. */
export function bytes(least: number) {
  return z
    .union([z.int(), z.string().transform((text, context) => parseByteSize(text) ?? refuseSize(context))], {
      error: 'expected a whole number of bytes, or a text such as "64 MiB"',
    })
    .pipe(z.int().min(least));
}

function refuseSize(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'expected a whole number of bytes, or a text such as "64 MiB"' });
  return z.NEVER;
}
