import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isatty } from 'node:tty';
import { startAgent } from '../../agent/agent.ts';
import type { Agent, AgentOptions, StopAgentOptions } from '../../agent/agent-api.ts';
import { loadConfig, type Config } from '../../agent/config.ts';
import { isConfigError } from '../../agent/config-error.ts';
import type { ConfigFlag } from '../../agent/config-sources.ts';
import { errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import { createLogger, type OwnedLogger } from '../../telemetry/pino-logger.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { EXIT_CONFIG, EXIT_FAILURE, EXIT_OK } from '../exit-codes.ts';
import { onInterrupt } from '../interrupts.ts';

const STANDARD_ERROR = 2;

const OPTIONS = {
  config: { type: 'text', short: 'c', value: 'FILE', summary: 'configuration file, TOML' },
  dataDir: { type: 'text', value: 'DIR', summary: 'where jobs, output and the token are kept' },
  listen: {
    type: 'text',
    short: 'l',
    value: 'URL',
    multiple: true,
    summary: 'listen here instead of the defaults: unix:PATH, ws://HOST:PORT (0: any free port), wss://…',
  },
  name: { type: 'text', value: 'NAME', summary: 'what the agent calls itself, the machine’s name unless said' },
  logLevel: {
    type: 'text',
    value: 'LEVEL',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    summary: 'the least that is logged',
  },
} as const;

export const start = defineCommand({
  usage: ['start [options]'],
  details: [
    'The agent stays in the foreground and logs JSON lines to standard error. It listens on a unix socket, whose rights let its owner in, and on ws://127.0.0.1:7411 with the token that `corex token` shows.',
    'Ctrl-C or SIGTERM stops it in order: running jobs go on and the next agent takes them over. The same signal again ends it at once. SIGHUP lets it read token and certificates again, unless its terminal was closed.',
    'A configuration, a token file or an address that can’t be used gives exit code 78.',
  ],
  options: OPTIONS,
  examples: [
    { line: 'corex start', does: 'An agent for this user.' },
    {
      line: 'corex start --listen ws://127.0.0.1:0 --data-dir /tmp/corex-test',
      does: 'One beside it, on any free port.',
    },
  ],
  run: async ({ options, cli }) => {
    const config = readConfig(options, cli);
    await using logger = openLog(config);
    const asked = Promise.withResolvers<StopAgentOptions>();
    const onAsked = (signal: NodeJS.Signals): void => {
      logger.info({ signal }, 'Asked to stop');
      asked.resolve({});
    };
    using _interrupts = onInterrupt(cli, ['SIGINT', 'SIGTERM'], onAsked);
    await using agent = await startOrExplain({ config, logger, onStopRequested: asked.resolve });
    using _hangUp = cli.onSignal('SIGHUP', () => {
      if (cli.output.stderr.isTerminal && !isatty(STANDARD_ERROR)) onAsked('SIGHUP');
      else void reload(agent, logger);
    });
    await cli.output.write('stderr', `${readyLine(agent, cli)}\n`);
    await agent.stop(await asked.promise);
    return EXIT_OK;
  },
});

interface Flags {
  readonly config: string | undefined;
  readonly dataDir: string | undefined;
  readonly listen: readonly string[];
  readonly name: string | undefined;
  readonly logLevel: string | undefined;
}

function readConfig(options: Flags, { env, directory }: Cli): Config {
  try {
    return loadConfig({
      ...(options.config === undefined ? {} : { file: options.config }),
      flags: [
        ...flag('agent.data_dir', '--data-dir', options.dataDir),
        ...flag('agent.listen', '--listen', options.listen.length === 0 ? undefined : options.listen),
        ...flag('agent.name', '--name', options.name),
        ...flag('log.level', '--log-level', options.logLevel),
      ],
      environment: env,
      cwd: directory,
    });
  } catch (error) {
    throw explained(error);
  }
}

function flag(key: string, label: string, value: string | readonly string[] | undefined): ConfigFlag[] {
  return value === undefined ? [] : [{ key, label, value }];
}

function openLog({ log, agent }: Config): OwnedLogger {
  return createLogger({
    level: log.level,
    facts: { agent: agent.name },
    ...(log.file === undefined ? {} : { file: { path: log.file, maxBytes: log.maxBytes, keep: log.files } }),
  });
}

async function startOrExplain(options: AgentOptions): Promise<Agent> {
  try {
    return await startAgent(options);
  } catch (error) {
    throw explained(error, holderOf(options.config.agent.dataDir));
  }
}

async function reload(agent: Agent, logger: OwnedLogger): Promise<void> {
  logger.reopen();
  try {
    await agent.reload();
  } catch (error) {
    logger.error({ error }, 'The token could not be read again');
  }
}

function readyLine({ name, endpoints }: Agent, { output }: Cli): string {
  return output.stderr.paint(
    'good',
    `corex: agent "${name}" takes commands at ${endpoints.join(' and ')} (pid ${process.pid})`,
  );
}

function explained(error: unknown, advice?: string): CliError {
  const exitCode = isConfigError(error) || isOfThePlace(error) ? EXIT_CONFIG : EXIT_FAILURE;
  return new CliError(errorMessage(error), { exitCode, cause: error, advice: advice === undefined ? [] : [advice] });
}

/** A token file or an address that can't be used: trying again doesn't help. A port that somebody has may be free in a moment. */
function isOfThePlace(error: unknown): boolean {
  if (!isAgentError(error) || (error.code !== 'bad-arguments' && error.code !== 'forbidden')) return false;
  return !(error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'EADDRINUSE');
}

/** Who uses the data directory, if its file names a process that is there. */
function holderOf(dataDir: string): string | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path.join(dataDir, 'agent.pid'), 'utf8'), 10);
    process.kill(pid, 0);
    return pid === process.pid ? undefined : `An agent with pid ${pid} uses "${dataDir}"; "corex stop" stops it`;
  } catch {
    return undefined;
  }
}
