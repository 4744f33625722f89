/** Where an image comes from. */
import { AgentError } from '../../protocol/agent-error.ts';
import { parseReference, type Reference } from './reference.ts';

/** What a root can be made of, as sources are written. */
export const SOURCE_KINDS = {
  registry: 'an image of a registry: `docker.io/library/alpine:3.20`',
  oci: 'a directory in the layout of OCI: `oci:/path`',
  'oci-archive': 'a tar archive of such a directory: `oci-archive:/path.tar`',
  'docker-archive': 'what `docker save` writes: `docker-archive:/path.tar`',
  tar: 'a tar archive of a root, compressed or not: `tar:/path.tar.gz`',
  directory: 'a directory that is a root: `directory:/path`',
} as const;
export type SourceKind = keyof typeof SOURCE_KINDS;
export type LocalKind = Exclude<SourceKind, 'registry'>;

export type ImageSource =
  | { readonly kind: 'registry'; readonly reference: Reference }
  /** `path`: absolute. */
  | { readonly kind: LocalKind; readonly path: string };

/**
 * Reads `kind:/path`, or a reference to a registry, with or without `registry:` or `docker://` before it.
 *
 * Errors: AgentError `bad-arguments` for what is neither.
 */
export function parseSource(text: string): ImageSource {
  const [, transport = '', rest = ''] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? [];
  if (transport === 'docker' && rest.startsWith('//'))
    return { kind: 'registry', reference: parseReference(rest.slice(2)) };
  if (transport === 'registry') return { kind: 'registry', reference: parseReference(rest) };
  if (isLocal(transport)) return { kind: transport, path: absolute(text, rest) };
  // A name such as "alpine:3.20" looks like a transport; a path behind it does not.
  if (transport !== '' && rest.includes('/')) {
    const kinds = Object.keys(SOURCE_KINDS).join(', ');
    if (!/^\d+\//.test(rest))
      throw new AgentError('bad-arguments', `Cannot read the source "${text}": "${transport}" is none of ${kinds}`);
  }
  if (text.startsWith('/') || text.startsWith('.')) {
    throw new AgentError(
      'bad-arguments',
      `Cannot read the source "${text}": say what is there, such as "tar:${text}" or "directory:${text}"`,
    );
  }
  return { kind: 'registry', reference: parseReference(text) };
}

function isLocal(text: string): text is LocalKind {
  return Object.hasOwn(SOURCE_KINDS, text) && text !== 'registry';
}

function absolute(text: string, path: string): string {
  if (path.startsWith('/') && !path.includes('\0')) return path;
  throw new AgentError('bad-arguments', `Cannot read the source "${text}": the path must be absolute`);
}
