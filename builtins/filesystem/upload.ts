import * as z from 'zod';
import { AgentError, defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';
import { Block, blockBytes, FileMode, FilePath, modeBits } from './arguments.ts';

const Arguments = z.strictObject({
  path: FilePath.describe('Absolute path the file gets.'),
  key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/, 'it must be 8 to 64 letters, digits, "-" and "_"')
    .describe('Tells this upload from others to the same path. With it an upload is gone on with, by whoever has it.'),
  offset: z.int().min(0).nullish().describe('Where `block` belongs.'),
  block: Block.nullish().describe('Bytes to add, as base64; at most 512 KiB of them.'),
  mode: FileMode.nullish().describe('Mode of the file. Default: that of the file that is replaced, else 0644.'),
  size: z.int().min(0).nullish().describe('Bytes of the whole file.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'it must be 64 hexadecimal digits in lower case')
    .nullish()
    .describe('SHA-256 of the whole file. With it and `size`, the file takes its place once it is whole.'),
  cancel: z.boolean().nullish().describe('Forget what has arrived.'),
});

export const filesystemUpload = defineBuiltin({
  name: 'filesystem.upload',
  summary:
    'Takes a step of an upload: tells how far it is, takes a block, or puts the whole file in its place. Each step may be repeated.',
  arguments: Arguments,
  errors: ['bad-arguments', 'bad-path', 'no-such-file', 'forbidden', 'hash-mismatch', 'no-space'],
  example: {
    arguments: { path: '/srv/data/notes.txt', key: 'a1b2c3d4', offset: 0, block: 'aGVsbG8=' },
    data: { offset: 5, done: false },
  },
  run: async (args, context) => {
    const { transfers } = offered(context.agent.files, context);
    const { path, key, offset, block, mode, size, sha256, cancel } = args;
    checkStep(args);
    if (cancel === true) {
      await transfers.cancelUpload(path, key);
      return { offset: 0, done: false };
    }
    return await transfers.upload({
      path,
      key,
      signal: context.signal,
      ...(typeof offset === 'number' ? { offset } : {}),
      ...(typeof block === 'string' ? { block: blockBytes(block) } : {}),
      ...(mode === null || mode === undefined ? {} : { permissions: modeBits(mode) }),
      ...(typeof size === 'number' ? { size } : {}),
      ...(typeof sha256 === 'string' ? { sha256 } : {}),
    });
  },
});

function checkStep({ path, offset, block, size, sha256, cancel }: z.infer<typeof Arguments>): void {
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot upload to "${path}": ${why}`);
  };
  const [hasOffset, hasBlock] = [typeof offset === 'number', typeof block === 'string'];
  if (hasOffset !== hasBlock) refuse('"block" and "offset" are only taken together');
  if (typeof sha256 === 'string' && typeof size !== 'number') refuse('"sha256" needs "size"');
  if (cancel === true && hasBlock) refuse('"cancel" takes no block');
}
