/** The documents an image consists of. Sources: the image format of OCI 1.1, manifests of Docker's registry (version 2, schema 2). */
import * as z from 'zod';
import { parseJson } from '../../base/json.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { describeIssues } from '../../protocol/command.ts';
import { Digest } from './digest.ts';
import { Platform } from './platform.ts';

/** No document of an image is longer. */
export const MOST_DOCUMENT_BYTES = 4 * 1024 * 1024;
const BOUNDS = { depth: 32, keys: 100_000 };
const MOST_LAYERS = 500;

/** Null, as some writers have it, is nothing. */
function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value): z.output<Schema> | undefined => value ?? undefined);
}

export const Descriptor = z.object({
  mediaType: z.string().max(255),
  digest: Digest,
  size: z.int().min(0),
  urls: optional(z.array(z.string())),
  platform: optional(Platform),
  annotations: optional(z.record(z.string(), z.string())),
});
export type Descriptor = z.infer<typeof Descriptor>;

/** Several images under one name, one for each platform. */
export const ImageIndex = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(Descriptor).max(10_000),
});
export type ImageIndex = z.infer<typeof ImageIndex>;

export const ImageManifest = z.object({
  schemaVersion: z.literal(2),
  config: Descriptor,
  layers: z.array(Descriptor).max(MOST_LAYERS),
});
export type ImageManifest = z.infer<typeof ImageManifest>;

const Names = z.array(z.string());

/** What a container of an image is started with, and from which layers its root is. */
export const ImageConfig = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: optional(z.string()),
  created: optional(z.string()),
  config: optional(
    z.object({
      User: optional(z.string()),
      ExposedPorts: optional(z.record(z.string(), z.unknown())),
      Env: optional(Names),
      Entrypoint: optional(Names),
      Cmd: optional(Names),
      WorkingDir: optional(z.string()),
      Volumes: optional(z.record(z.string(), z.unknown())),
      Labels: optional(z.record(z.string(), z.string())),
      StopSignal: optional(z.string()),
    }),
  ),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(Digest).max(MOST_LAYERS) }),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

/** What a document is by its content: some writers leave its type out. */
export function isIndex(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'manifests' in value;
}

/** Reads a document. `what` names it: "the manifest of x". Errors: AgentError `bad-image`. */
export function parseDocument<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
  what: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(parseDocumentJson(bytes, what));
  if (parsed.success) return parsed.data;
  throw new AgentError('bad-image', `Cannot read ${what}: ${describeIssues(parsed.error)}`);
}

/** The JSON of a document. Errors: AgentError `bad-image`. */
export function parseDocumentJson(bytes: Uint8Array, what: string): unknown {
  if (bytes.length > MOST_DOCUMENT_BYTES)
    throw new AgentError('bad-image', `Cannot read ${what}: it has more than ${MOST_DOCUMENT_BYTES} bytes`);
  const parsed = parseJson(Buffer.from(bytes).toString('utf8'), BOUNDS);
  if (parsed.ok) return parsed.value;
  throw new AgentError('bad-image', `Cannot read ${what}: ${parsed.message.replace(/^Cannot read JSON: /, '')}`);
}
