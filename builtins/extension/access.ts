import { AgentError, type AgentAccess, type ExtensionAccess } from 'corex/builtin';

/** The agent's extensions. Errors: AgentError `not-able` where it has none. */
export function extensionsOf({ extensions }: AgentAccess): ExtensionAccess {
  if (extensions !== undefined) return extensions;
  throw new AgentError('not-able', 'Cannot look at extensions: this agent has none');
}
