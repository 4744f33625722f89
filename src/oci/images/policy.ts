/** Which images may come here, and from where. */
import { AgentError } from '../../protocol/agent-error.ts';
import { referenceText, type Reference } from './reference.ts';
import { SOURCE_KINDS, type SourceKind } from './source.ts';

export interface ImagePolicy {
  /** Kinds of sources that may be used. */
  readonly sources: readonly SourceKind[];
  /** Patterns of references: `*` stands for anything but `/`, `**` for anything. One must match. */
  readonly allow: readonly string[];
}

/** Errors: AgentError `forbidden` naming what is allowed. */
export function checkKind(policy: ImagePolicy, kind: SourceKind): void {
  if (policy.sources.includes(kind)) return;
  throw new AgentError(
    'forbidden',
    `Cannot take an image from ${SOURCE_KINDS[kind].split(':')[0] ?? kind}: "images.sources" of this agent has ${listed(policy.sources)}, and not "${kind}"`,
  );
}

/** Errors: AgentError `forbidden` naming what is allowed. */
export function checkReference(policy: ImagePolicy, reference: Reference): void {
  const { registry, repository } = reference;
  const texts = [referenceText(reference), `${registry}/${repository}`];
  if (policy.allow.some((pattern) => texts.some((text) => matches(pattern, text)))) return;
  throw new AgentError(
    'forbidden',
    `Cannot pull "${referenceText(reference)}": it matches none of "images.allow" of this agent (${listed(policy.allow)})`,
  );
}

/** Whether a pattern stands for the whole text. Patterns are the operator's, never a caller's. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .split(/(\*\*?)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`),
    )
    .join('');
  return new RegExp(`^${source}$`, 's').test(text);
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : values.map((value) => `"${value}"`).join(', ');
}
