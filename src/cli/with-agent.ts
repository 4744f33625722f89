import { connect, type Client, type ConnectOptions } from '../client/client.ts';
import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { findAgent, type AgentChoice, type FoundAgent } from './agent-address.ts';
import type { Cli } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import { EXIT_AGENT_TROUBLE } from './exit-codes.ts';

/** A lost connection is tried again for this long; an agent that is started anew is back within a few seconds. */
const GIVE_UP_AFTER_MS = 10_000;

/**
 * Finds the agent, connects, and closes the connection when `work` is done. Errors: CliError with exit code 125 when
 * it can't be found or reached, or the connection is lost for good; whatever `work` throws.
 */
export async function withAgent<T>(
  choice: AgentChoice,
  cli: Cli,
  work: (client: Client, agent: FoundAgent) => Promise<T>,
  options: Pick<ConnectOptions, 'onStatus' | 'reconnect'> = {},
): Promise<T> {
  const agent = await findAgent(choice, cli);
  const client = await connectTo(agent, options);
  try {
    return await work(client, agent);
  } catch (error) {
    if (isAgentError(error) && error.code === 'disconnected') throw lost(error);
    throw error;
  } finally {
    void client.close();
  }
}

/** Connects to an agent. Errors: CliError that says where the address is from and what to do. */
export async function connectTo(agent: FoundAgent, options: ConnectOptions = {}): Promise<Client> {
  try {
    return await connect(agent.url, {
      ...(agent.token === undefined ? {} : { token: agent.token }),
      reconnect: { giveUpAfterMs: GIVE_UP_AFTER_MS, capMs: 1000 },
      ...options,
    });
  } catch (error) {
    throw unreachable(agent, error);
  }
}

function unreachable({ source, url }: FoundAgent, error: unknown): CliError {
  const isRefused = isAgentError(error) && (error.code === 'unauthorized' || error.code === 'forbidden');
  const advice = isRefused
    ? 'COREX_TOKEN or --token-file gives the token; "corex token" shows it on the agent’s machine'
    : '"corex start" starts an agent here; "corex doctor" looks for the trouble';
  return new CliError(isAgentError(error) ? error.message : `Cannot connect to "${url}": ${errorMessage(error)}`, {
    exitCode: EXIT_AGENT_TROUBLE,
    cause: error,
    advice: [`The address is from ${source}`, advice],
  });
}

function lost(error: Error): CliError {
  return new CliError(error.message, {
    exitCode: EXIT_AGENT_TROUBLE,
    cause: error,
    advice: ['Jobs go on without the agent; "corex start" starts it again'],
  });
}
