import { AgentError, type BuiltinContext, type SessionAccess } from 'corex/builtin';

/** The connection a command came on. Errors: AgentError `not-able` when it came from code. */
export function requireSession(context: BuiltinContext): SessionAccess {
  if (context.session !== undefined) return context.session;
  throw new AgentError('not-able', `Cannot run "${context.command.name}": it needs a connection to send to`);
}
