import { parseTrustedJson } from '../../base/json.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { CONTAINER_STATUSES, type ContainerState } from '../runtime.ts';

/** What a runtime's `state` says. Errors: AgentError `unexpected-answer`. */
export function readContainerState(text: string): ContainerState {
  return toState(parse(text), text);
}

/** What a runtime's `list` says; none may be `null`. Errors: AgentError `unexpected-answer`. */
export function readContainerStates(text: string): ContainerState[] {
  const value = parse(text);
  if (value === null) return [];
  if (!Array.isArray(value)) throw unexpected(text);
  return value.map((entry) => toState(entry, text));
}

function toState(value: unknown, text: string): ContainerState {
  if (typeof value !== 'object' || value === null) throw unexpected(text);
  const { id, status, pid, bundle } = value as Readonly<Record<string, unknown>>;
  const known = CONTAINER_STATUSES.find((each) => each === status);
  if (typeof id !== 'string' || known === undefined || typeof bundle !== 'string') throw unexpected(text);
  const hasPid = typeof pid === 'number' && pid > 0 && known !== 'stopped';
  return { id, status: known, pid: hasPid ? pid : undefined, bundle };
}

function parse(text: string): unknown {
  try {
    return parseTrustedJson(text);
  } catch {
    throw unexpected(text);
  }
}

function unexpected(text: string): AgentError {
  return new AgentError(
    'unexpected-answer',
    `Cannot read what the runtime says of its containers: ${text.slice(0, 200)}`,
  );
}
