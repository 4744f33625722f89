/** The section `[images]`: which images may come here, and how large they may be. */
import * as z from 'zod';
import { SOURCE_KINDS, type SourceKind } from '../oci/images/source.ts';
import { bytes } from './config-bytes.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const KINDS = Object.keys(SOURCE_KINDS) as SourceKind[];

export const ImagesSection = z.strictObject({
  sources: z
    .array(z.enum(KINDS))
    .default(KINDS)
    .describe('Kinds of sources images may be taken from; files are within `filesystem.roots`. Default: all of them.'),
  allow: z
    .array(z.string().min(1).max(1024))
    .default(['**'])
    .describe(
      'Patterns of images that may be pulled from registries, such as `docker.io/library/*` or `ghcr.io/acme/**`: `*` stands for anything but `/`, `**` for anything. Default: all.',
    ),
  insecure: z
    .array(z.string().min(1).max(256))
    .default([])
    .describe('Registries, `host:port`, that are spoken to without TLS, or whose certificate is not checked.'),
  auth_file: z
    .string()
    .min(1)
    .optional()
    .describe('File with the passwords for registries, as `skopeo login --authfile FILE` writes it. Default: none.'),
  signature_policy: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Policy of signatures, as containers-policy.json(5) has it. Default: `/etc/containers/policy.json` where there is one, else any image is taken.',
    ),
  layer_bytes: bytes(MIB)
    .prefault(8 * GIB)
    .describe('Bytes the files of one layer may have, and what is fetched of one image.'),
  layer_entries: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(500_000)
    .describe('Entries the archive of one layer may have.'),
  min_free: bytes(0).prefault(GIB).describe('Bytes that must stay free on the disk of the data directory.'),
});

export interface ImagesConfig {
  readonly sources: readonly SourceKind[];
  readonly allow: readonly string[];
  readonly insecure: readonly string[];
  /** Absolute. */
  readonly authFile: string | undefined;
  /** Absolute. */
  readonly signaturePolicy: string | undefined;
  /** Of one archive: bytes of files, entries, and bytes that stay free. */
  readonly limits: { readonly bytes: number; readonly entries: number; readonly minFree: number };
}

/** The section as the agent uses it. `resolve` makes a path absolute. */
export function imagesConfig(
  section: z.infer<typeof ImagesSection>,
  resolve: (key: string, file: string) => string,
): ImagesConfig {
  const { sources, allow, insecure, auth_file: authFile, signature_policy: signaturePolicy } = section;
  return {
    sources,
    allow,
    insecure,
    authFile: authFile === undefined ? undefined : resolve('images.auth_file', authFile),
    signaturePolicy: signaturePolicy === undefined ? undefined : resolve('images.signature_policy', signaturePolicy),
    limits: { bytes: section.layer_bytes, entries: section.layer_entries, minFree: section.min_free },
  };
}
