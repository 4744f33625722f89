import * as z from 'zod';

/** The handle of an open file. */
export const Handle = z.string().min(1).max(128).describe('Handle of the open file.');

/** Where in a file. */
export const Offset = z.int().min(0).nullish();
