import * as z from 'zod';
import { MAX_ID_LENGTH } from './limits.ts';

const ID_PATTERN = /^[\x21-\x7e]+$/;

/** A job's id: 1 to 128 printable ASCII characters without spaces. */
export const JobId = z
  .string()
  .min(1)
  .max(MAX_ID_LENGTH)
  .regex(ID_PATTERN, 'must be printable ASCII without spaces')
  .describe('Global to the agent. Made by the agent (a UUID) when missing.');
