import type { ContainerConfig } from '../protocol/container.ts';
import { parseSignal } from '../protocol/signals.ts';
import type { ContainerMaker } from './container-maker.ts';

/** What asks a container's main process to end: what the container says, else its image, else TERM. */
export async function stopSignalOf(
  id: string,
  config: ContainerConfig,
  maker: Pick<ContainerMaker, 'imageStopSignal'>,
): Promise<NodeJS.Signals> {
  const signal = config.stop_signal ?? (await maker.imageStopSignal(id, config));
  return (signal === undefined ? undefined : parseSignal(signal)) ?? 'SIGTERM';
}
