/** The options of every command that starts an agent or its keeper, and the configuration they lead to. */
import { loadConfig, type Config } from '../agent/config.ts';
import { isConfigError } from '../agent/config-error.ts';
import type { ConfigFlag } from '../agent/config-sources.ts';
import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import { writtenName, type OptionSpecs, type OptionValues } from './cli-command.ts';
import type { Cli } from './cli-context.ts';
import { CliError } from './cli-error.ts';
import { EXIT_CONFIG, EXIT_FAILURE } from './exit-codes.ts';

/** Where the configuration is, and where everything is kept. */
export const PLACE_OPTIONS = {
  config: { type: 'text', short: 'c', value: 'FILE', summary: 'configuration file, TOML' },
  dataDir: { type: 'text', value: 'DIR', summary: 'where jobs, output and the token are kept' },
} as const satisfies OptionSpecs;

/** What an agent is told by flags. */
export const AGENT_FLAGS = {
  ...PLACE_OPTIONS,
  listen: {
    type: 'text',
    short: 'l',
    value: 'URL',
    multiple: true,
    summary: 'listen here instead of the defaults: unix:PATH, ws://HOST:PORT (0: any free port), wss://…',
  },
  cosi: {
    type: 'text',
    value: 'URL',
    multiple: true,
    summary: 'serve its resources there over gRPC: unix:PATH, tls://HOST:PORT',
  },
  name: { type: 'text', value: 'NAME', summary: 'what the agent calls itself, the machine’s name unless said' },
  logLevel: {
    type: 'text',
    value: 'LEVEL',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    summary: 'the least that is logged',
  },
  unprivileged: { type: 'flag', summary: 'keep jobs from having more than few rights, from now on and for good' },
} as const satisfies OptionSpecs;

type AgentFlags = OptionValues<typeof AGENT_FLAGS>;

/** Reads the configuration. Errors: CliError with exit code 78. */
export function readConfig(flags: Partial<AgentFlags>, { env, directory }: Cli): Config {
  const { config, dataDir, listen = [], cosi = [], name, logLevel, unprivileged } = flags;
  try {
    return loadConfig({
      ...(config === undefined ? {} : { file: config }),
      flags: [
        ...flag('agent.data_dir', '--data-dir', dataDir),
        ...flag('agent.listen', '--listen', listen.length === 0 ? undefined : listen),
        ...flag('cosi.listen', '--cosi', cosi.length === 0 ? undefined : cosi),
        ...flag('agent.name', '--name', name),
        ...flag('log.level', '--log-level', logLevel),
        ...flag('agent.unprivileged', '--unprivileged', unprivileged === true ? 'true' : undefined),
      ],
      environment: env,
      cwd: directory,
    });
  } catch (error) {
    throw explained(error);
  }
}

/** The same flags as arguments, for another process. */
export function agentArguments(flags: AgentFlags): string[] {
  const { config, dataDir, listen, cosi, name, logLevel, unprivileged } = flags;
  const single = Object.entries({ config, dataDir, name, logLevel });
  return [
    ...single.flatMap(([key, value]) => (value === undefined ? [] : [`--${writtenName(key)}`, value])),
    ...listen.flatMap((url) => ['--listen', url]),
    ...cosi.flatMap((url) => ['--cosi', url]),
    ...(unprivileged ? ['--unprivileged'] : []),
  ];
}

/** What did not start, with the exit code that tells whether trying again may help. */
export function explained(error: unknown, advice?: string): CliError {
  const exitCode = isConfigError(error) || isOfThePlace(error) ? EXIT_CONFIG : EXIT_FAILURE;
  return new CliError(errorMessage(error), { exitCode, cause: error, advice: advice === undefined ? [] : [advice] });
}

function flag(key: string, label: string, value: string | readonly string[] | undefined): ConfigFlag[] {
  return value === undefined ? [] : [{ key, label, value }];
}

/** A token file or an address that can't be used: trying again doesn't help. A port that somebody has may be free in a moment. */
function isOfThePlace(error: unknown): boolean {
  if (!isAgentError(error) || (error.code !== 'bad-arguments' && error.code !== 'forbidden')) return false;
  return !(error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'EADDRINUSE');
}
