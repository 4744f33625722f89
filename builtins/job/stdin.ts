import * as z from 'zod';
import {
  AgentError,
  defineBuiltin,
  JobId,
  STDIN_CREDIT_BYTES,
  type BuiltinContext,
  type JobAccess,
} from 'corex/builtin';
import { requireSession } from '../session.ts';

const NOTHING = new Uint8Array(0);

/** `offset`: bytes taken so far; `left`: of those given, how many were not taken. */
interface Given {
  readonly offset: number;
  readonly left: number;
  readonly closed?: boolean;
}

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job.'),
  text: z
    .string()
    .nullish()
    .describe('Bytes to give, as text. What the answer counts as `left` did not fit: give it again.'),
  base64: z.base64().nullish().describe('Bytes to give, as base64.'),
  offset: z
    .int()
    .min(0)
    .nullish()
    .describe('Offset of the first byte: what was taken already is skipped, so a repeat does no harm. None: append.'),
  close: z.boolean().nullish().describe('End standard input after these bytes.'),
});

export const jobStdin = defineBuiltin({
  name: 'job.stdin',
  summary: 'Gives a job standard input, ends it, or (with neither) opens a handle for binary frames.',
  arguments: Arguments,
  errors: ['unknown-job', 'not-running', 'not-able'],
  example: { arguments: { id: 'shell', text: 'ls\n' }, data: { offset: 3, left: 0 } },
  run: async (args, context) => {
    const { id, close } = args;
    const { jobs } = context;
    const bytes = readBytes(args);
    if (bytes === undefined && !close) return await open(id, context);
    return await giveBytes(jobs, id, args.offset ?? undefined, bytes ?? NOTHING, close ?? false);
  },
});

function readBytes({ id, text, base64 }: z.infer<typeof Arguments>): Uint8Array | undefined {
  const hasText = text !== null && text !== undefined;
  const hasBase64 = base64 !== null && base64 !== undefined;
  if (hasText && hasBase64) {
    throw new AgentError('bad-arguments', `Cannot give job "${id}" input: both "text" and "base64" are there`);
  }
  if (hasText) return Buffer.from(text, 'utf8');
  return hasBase64 ? Buffer.from(base64, 'base64') : undefined;
}

/** Input is ended only when all bytes were taken: what is left must be given again, and would be lost. */
async function giveBytes(
  jobs: JobAccess,
  id: string,
  start: number | undefined,
  bytes: Uint8Array,
  close: boolean,
): Promise<Given> {
  const { from, taken: offset } =
    start === undefined
      ? await jobs.appendStdin(id, bytes)
      : { from: start, taken: await jobs.writeStdin(id, start, bytes) };
  const left = Math.min(bytes.length, Math.max(0, from + bytes.length - offset));
  if (!close) return { offset, left };
  if (left === 0) await jobs.closeStdin(id, from + bytes.length);
  return { offset, left, closed: left === 0 };
}

async function open(id: string, context: BuiltinContext) {
  const session = requireSession(context);
  const { taken: offset } = await context.jobs.appendStdin(id, NOTHING);
  return { ...session.openStdin(id, offset), offset, credit: STDIN_CREDIT_BYTES };
}
