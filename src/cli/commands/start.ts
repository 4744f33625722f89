import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { isatty } from 'node:tty';
import { startAgent } from '../../agent/agent.ts';
import type { Agent, AgentOptions, StopAgentOptions } from '../../agent/agent-api.ts';
import type { Config } from '../../agent/config.ts';
import { createLogger, type OwnedLogger } from '../../telemetry/pino-logger.ts';
import { AGENT_FLAGS, explained, readConfig } from '../agent-config.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { onInterrupt } from '../interrupts.ts';

const STANDARD_ERROR = 2;
const MS_PER_SECOND = 1000;

const OPTIONS = {
  ...AGENT_FLAGS,
  drain: { type: 'flag', summary: 'when it is told to stop, end the running jobs first' },
  stopWithin: {
    type: 'duration',
    value: 'TIME',
    summary: 'kill what has not ended by then when it stops, 20s unless said',
  },
} as const;

export const start = defineCommand({
  usage: ['start [options]'],
  details: [
    'The agent stays in the foreground and logs JSON lines to standard error. It listens on a unix socket, whose rights let its owner in, and on ws://127.0.0.1:7411 with the token that `corex token` shows.',
    'Ctrl-C or SIGTERM stops it in order: running jobs go on and the next agent takes them over, unless --drain says to end them first. The same signal again ends it at once. SIGHUP lets it read token, certificates and configuration again, unless its terminal was closed; SIGUSR1 lets it open its log file anew.',
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
      asked.resolve({
        drain: options.drain,
        ...(options.stopWithin === undefined ? {} : { deadlineMs: options.stopWithin * MS_PER_SECOND }),
      });
    };
    using _interrupts = onInterrupt(cli, ['SIGINT', 'SIGTERM'], onAsked);
    await using agent = await startOrExplain({
      config,
      logger,
      readConfig: () => readConfig(options, cli),
      onStopRequested: asked.resolve,
    });
    // As log rotators expect; without a listener Node would open its debugger to everybody on the machine.
    using _rotated = cli.onSignal('SIGUSR1', () => logger.reopen());
    using _hangUp = cli.onSignal('SIGHUP', () => {
      if (cli.output.stderr.isTerminal && !isatty(STANDARD_ERROR)) onAsked('SIGHUP');
      else void reload(agent, logger);
    });
    giveBackWhatStartingTook();
    await cli.output.write('stderr', `${readyLine(agent, cli)}\n`);
    await agent.stop(await asked.promise);
    return EXIT_OK;
  },
});

/** A tenth of an agent, in less than 0.1 s. By itself the collector would keep it for hours. */
function giveBackWhatStartingTook(): void {
  globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
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
    logger.error({ error }, 'Not everything could be read again');
  }
}

function readyLine({ name, endpoints }: Agent, { output }: Cli): string {
  return output.stderr.paint(
    'good',
    `corex: agent "${name}" takes commands at ${endpoints.join(' and ')} (pid ${process.pid})`,
  );
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
