import * as z from 'zod';
import { AgentError, defineBuiltin, JobId, STDIN_CREDIT_BYTES, type BuiltinContext } from 'corex/builtin';
import { requireSession } from '../session.ts';

const NOTHING = new Uint8Array(0);

const Arguments = z.strictObject({
  id: JobId.describe('Id of the job.'),
  text: z.string().nullish().describe('Bytes to give, as text.'),
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
  errors: ['unknown-job', 'not-running', 'not-able', 'too-many'],
  example: { arguments: { id: 'shell', text: 'ls\n' }, data: { offset: 3 } },
  run: async (args, context) => {
    const { id, close } = args;
    const offset = args.offset ?? undefined;
    const bytes = readBytes(args);
    if (bytes !== undefined) return await give(id, offset, bytes, close ?? false, context);
    if (!close) return await open(id, context);
    const taken = await context.jobs.writeStdin(id, undefined, NOTHING);
    await context.jobs.closeStdin(id, offset ?? taken);
    return { offset: taken, closed: true };
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

/** Input is ended only when all bytes were taken: the rest must be given again, and would be lost. */
async function give(
  id: string,
  offset: number | undefined,
  bytes: Uint8Array,
  close: boolean,
  { jobs }: BuiltinContext,
) {
  const taken = await jobs.writeStdin(id, offset, bytes);
  if (!close) return { offset: taken };
  const closed = offset === undefined || taken >= offset + bytes.length;
  if (closed) await jobs.closeStdin(id, taken);
  return { offset: taken, closed };
}

async function open(id: string, context: BuiltinContext) {
  const session = requireSession(context);
  const offset = await context.jobs.writeStdin(id, undefined, NOTHING);
  return { ...session.openStdin(id), offset, credit: STDIN_CREDIT_BYTES };
}
