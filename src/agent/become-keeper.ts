/** Makes a keeper of the process that the agent's configuration was read in. */
import process from 'node:process';
import { keeperEnvironment, keeperEnvironmentWithAgent } from '../host/keeper/agent-environment.ts';
import { keeperCommand } from '../host/keeper-client/start-keeper.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { Environment } from './config-sources.ts';
import { openDirectories } from './data-dir.ts';
import { socketOf } from './make-launcher.ts';
import { AGENT_VERSION } from './version.ts';

export interface BecomeKeeperOptions {
  readonly config: Config;
  readonly environment: Environment;
  /** The agent it is to keep running: arguments of this program. Missing: others start the agent. */
  readonly agent?: { readonly args: readonly string[]; readonly stopMs: number };
}

/**
 * Puts a keeper in the place of this process, which keeps its pid: nothing that was loaded here is left, so nothing but
 * the keeper waits for its children. Never returns.
 *
 * Errors: ConfigError when the directories or the configuration can't be used, or this system can't do it.
 */
export function becomeKeeper({ config, environment, agent }: BecomeKeeperOptions): never {
  const { dataDir, runtimeDir, launcher } = config.agent;
  if (launcher === 'in-process') {
    throw new ConfigError('Cannot keep the processes of jobs: "agent.launcher" is "in-process"');
  }
  if (process.execve === undefined || process.platform !== 'linux') {
    throw new ConfigError('Cannot keep the processes of jobs: only Linux has what that needs');
  }
  openDirectories(dataDir, runtimeDir);
  const own = [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
  const [program = '', ...args] = keeperCommand({
    dataDir,
    socket: socketOf(config),
    version: AGENT_VERSION,
    idleMs: Number.POSITIVE_INFINITY,
    attended: { agent: agent === undefined ? [] : [...own, ...agent.args], agentStopMs: agent?.stopMs ?? 0 },
  });
  // The agent looks at relative paths from here; a keeper by itself should not hold a file system that is to go.
  if (agent === undefined) process.chdir('/');
  const given = agent === undefined ? keeperEnvironment(environment) : keeperEnvironmentWithAgent(environment);
  return process.execve(program, [program, ...args], definedOnly(given));
}

function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
