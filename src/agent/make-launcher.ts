/** Chooses who owns the processes of jobs. */
import type { Clock } from '../base/clock.ts';
import { InProcessLauncher } from '../host/in-process/in-process-launcher.ts';
import { KEEPER_IDLE_MS } from '../host/keeper/keeper-arguments.ts';
import { KeeperLauncher } from '../host/keeper-client/keeper-launcher.ts';
import type { Launcher } from '../host/launcher.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { Environment } from './config-sources.ts';
import { keeperSocket } from './data-dir.ts';
import { AGENT_VERSION } from './version.ts';

interface LauncherParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly environment: Environment;
}

/** A unix socket's address holds no longer path. */
const LONGEST_SOCKET_PATH = 107;

/** The launcher the configuration asks for, not open yet. Errors: ConfigError when there is no room for a socket's path. */
export function makeLauncher({ config, clock, logger, environment }: LauncherParts): Launcher {
  const { dataDir, launcher } = config.agent;
  if (launcher === 'in-process') return new InProcessLauncher({ clock });
  return new KeeperLauncher({
    dataDir,
    socket: socketOf(config),
    isAttended: launcher === 'running-keeper',
    version: AGENT_VERSION,
    idleMs: KEEPER_IDLE_MS,
    environment,
    clock,
    onTrouble: (why) => {
      if (why === undefined) logger.info({}, 'The keeper answers again');
      else logger.warn({ why }, 'Nothing can be started');
    },
  });
}

/** Where the keeper of a configuration listens. Errors: ConfigError when the path is too long for a socket. */
export function socketOf({ agent }: Config): string {
  const socket = keeperSocket(agent.dataDir, agent.runtimeDir);
  if (Buffer.byteLength(socket) <= LONGEST_SOCKET_PATH) return socket;
  throw new ConfigError(
    `Cannot listen on "${socket}": the path of a socket has at most ${LONGEST_SOCKET_PATH} bytes; set "agent.runtime_dir" to a shorter one`,
  );
}
