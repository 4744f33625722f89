/** Names of images in registries: `docker.io/library/alpine:3.20`, `ghcr.io/acme/tool@sha256:…`. */
import { AgentError } from '../../protocol/agent-error.ts';
import { isDigest, type Digest } from './digest.ts';

/** A reference with everything people leave out. */
export interface Reference {
  /** Host, and port if there is one. */
  readonly registry: string;
  /** Path in the registry. */
  readonly repository: string;
  /** Undefined when a digest alone names it. */
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

const LONGEST = 1024;
const DEFAULT_REGISTRY = 'docker.io';
const DEFAULT_TAG = 'latest';
const REGISTRY =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Reads a reference as people write it: without a registry it is one of docker.io, without a tag `latest`.
 *
 * Errors: AgentError `bad-arguments` saying what is wrong with it.
 */
export function parseReference(text: string): Reference {
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot read the image name "${text}": ${why}`);
  };
  if (text === '' || text.length > LONGEST) refuse(`1 to ${LONGEST} characters are wanted`);
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) refuse(`"${digest}" is no digest; "sha256:" and 64 digits are wanted`);
  const [name, tag] = splitTag(at === -1 ? text : text.slice(0, at));
  if (tag !== undefined && !TAG.test(tag)) {
    refuse(`"${tag}" is no tag; letters, digits, "_", "." and "-" are wanted, at most 128`);
  }
  const { registry, repository } = splitRegistry(name);
  if (!REGISTRY.test(registry)) refuse(`"${registry}" is no host of a registry`);
  for (const part of repository.split('/')) {
    if (!PATH_PART.test(part))
      refuse(`"${part}" is no part of a name; small letters and digits are wanted, and ".", "_", "-" between them`);
  }
  return {
    registry,
    repository,
    tag: tag ?? (digest === undefined ? DEFAULT_TAG : undefined),
    digest: digest as Digest | undefined,
  };
}

function splitTag(text: string): [string, string | undefined] {
  const colon = text.lastIndexOf(':');
  // The colon of a port is before a slash.
  if (colon === -1 || text.includes('/', colon)) return [text, undefined];
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = /[.:[]/.test(first) || first === 'localhost';
  const registry = isHost ? first : DEFAULT_REGISTRY;
  const repository = isHost ? name.slice(slash + 1) : name;
  const isOfficial = registry === DEFAULT_REGISTRY && !repository.includes('/');
  return { registry, repository: isOfficial ? `library/${repository}` : repository };
}

/** The whole name. Two that mean the same have the same text. */
export function referenceText({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
