/** The door for programs that embed an agent. */
export { createAgent } from './agent/create-agent.ts';
export type { CreateAgentOptions } from './agent/create-agent.ts';
export type { Agent, ControllerRegistry, SubmitExtras } from './agent/agent-api.ts';
export type { EmbeddedResources } from './agent/resources/embedded-resources.ts';
export { defineBuiltin } from './engine/builtin.ts';
export type { Builtin, BuiltinContext, BuiltinDefinition } from './engine/builtin.ts';
export type { Handler } from './engine/handlers.ts';
export type { Hook } from './engine/hooks/hook.ts';
export { captureOutput } from './engine/hooks/capture-output.ts';
export { onDelay } from './engine/hooks/on-delay.ts';
export { onExit } from './engine/hooks/on-exit.ts';
export { onMatch } from './engine/hooks/on-match.ts';
export { onPid } from './engine/hooks/on-pid.ts';
export { AgentError } from './protocol/agent-error.ts';
export { createLogger } from './telemetry/pino-logger.ts';
export type { Logger } from './telemetry/logger.ts';
