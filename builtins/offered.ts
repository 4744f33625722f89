import { AgentError, type BuiltinContext } from 'corex/builtin';

/** What a part of the agent offers. Errors: AgentError `not-able` when this agent has no such part. */
export function offered<Access>(access: Access | undefined, context: BuiltinContext): Access {
  if (access !== undefined) return access;
  throw new AgentError('not-able', `Cannot run "${context.command.name}": this agent does not offer it`);
}
