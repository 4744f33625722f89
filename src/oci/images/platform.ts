/** For which machines an image is, and which of several images is for this one. */
import process from 'node:process';
import * as z from 'zod';
import { AgentError } from '../../protocol/agent-error.ts';

const name = z.string().regex(/^[a-z0-9._-]{1,32}$/i, 'expected letters, digits, ".", "_" and "-"');

/** As an index of images writes it. */
export const Platform = z.object({ os: name, architecture: name, variant: name.optional() });
export type Platform = z.infer<typeof Platform>;

/** Names of Node that others spell otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  mipsel: 'mipsle',
  ppc64: 'ppc64le',
};

/** The platform of this machine. */
export function ownPlatform(): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch };
}

/** Reads `linux/arm64` or `linux/arm/v7`. Errors: AgentError `bad-arguments`. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...rest] = text.split('/');
  const parsed = Platform.safeParse({ os, architecture, ...(variant === undefined ? {} : { variant }) });
  if (parsed.success && rest.length === 0) return parsed.data;
  throw new AgentError(
    'bad-arguments',
    `Cannot read the platform "${text}": such as "linux/amd64" or "linux/arm/v7" is wanted`,
  );
}

/** The shortest text {@link parsePlatform} reads. */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** The first entry for a platform: with its variant if one is wanted, else with whatever comes first. Undefined when none is. */
export function choosePlatform<Entry extends { readonly platform?: Platform | undefined }>(
  entries: readonly Entry[],
  wanted: Platform,
): Entry | undefined {
  const fitting = entries.filter(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  );
  if (wanted.variant !== undefined) return fitting.find(({ platform }) => platform?.variant === wanted.variant);
  // arm64 is written with its only variant by some and without by others; an older arm runs on every newer one.
  return fitting.find(({ platform }) => platform?.variant === undefined) ?? fitting[0];
}
