import { systemClock } from '../../../src/base/clock.ts';
import { KeeperLauncher, type KeeperLauncherOptions } from '../../../src/host/keeper-client/keeper-launcher.ts';
import type { MadeLauncher } from '../../contracts/launcher/stage.ts';
import { isAlive } from '../../harness/processes.ts';
import { until } from '../../harness/until.ts';

/** A launcher whose keeper lives in a directory, which must exist; the keeper is a process of its own. */
export function keeperLauncher(directory: string, options: Partial<KeeperLauncherOptions> = {}): KeeperLauncher {
  return new KeeperLauncher({
    dataDir: directory,
    socket: `${directory}/k.sock`,
    version: '1.0.0',
    idleMs: 10_000,
    environment: process.env,
    clock: systemClock,
    ...options,
  });
}

/** Ends a keeper whatever it keeps, and waits until it is gone. */
export async function endKeeper(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await until('the keeper is gone', () => !isAlive(pid));
}

/** For contracts: what `close()` leaves to the keeper ends with it. */
export function madeKeeperLauncher(directory: string): MadeLauncher {
  const launcher = keeperLauncher(directory);
  return {
    launcher,
    ownerPid: () => launcher.ownerPid ?? 0,
    dispose: () => endKeeper(launcher.ownerPid),
  };
}
