/** What is asked of the process that unpacks, and what it answers: one line of JSON each. */
import * as z from 'zod';
import { IdMap } from '../../id-map.ts';
import { Digest } from '../digest.ts';
import { LayerMarks } from './layer-marks.ts';
import { UnpackLimits } from './limits.ts';

const path = z.string().startsWith('/');

export const UnpackRequest = z.discriminatedUnion('type', [
  z.object({
    /** An archive, compressed or not, into an empty directory. */
    type: z.literal('extract'),
    archive: path,
    target: path,
    limits: UnpackLimits,
    /** Sums are made with the functions of these. */
    digest: Digest.optional(),
    diffId: Digest.optional(),
    /** Owners the archive names become these. */
    idMap: IdMap.optional(),
    /** Everything is on the disk before the answer. */
    sync: z.boolean(),
  }),
  z.object({
    /** Layers, the lowest first, into an empty directory. */
    type: z.literal('merge'),
    layers: z.array(z.object({ root: path, marks: path })),
    target: path,
    limits: UnpackLimits,
    sync: z.boolean(),
  }),
]);
export type UnpackRequest = z.infer<typeof UnpackRequest>;

/** What is in the file of marks of a layer. */
export const StoredMarks = z.object({ marks: LayerMarks });

export const UnpackAnswer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), bytes: z.number(), entries: z.number() }),
  z.object({
    type: z.literal('done'),
    /** Of the archive as it is, and uncompressed. Missing for a merge. */
    digest: Digest.optional(),
    diffId: Digest.optional(),
    bytes: z.number(),
    entries: z.number(),
    marks: LayerMarks.optional(),
    isMountable: z.boolean().optional(),
  }),
  /** `code`: an AgentError's. */
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type UnpackAnswer = z.infer<typeof UnpackAnswer>;
