/** Entries of the startup that are resources beside those of files, and resources that tell where each entry stands. */
import type { StartupChanges } from '../../engine/startup-access.ts';
import type { Startup } from '../../startup/startup.ts';
import { pause } from '../../state/controllers/plain-runner.ts';
import type { AgentWorld } from '../agent-part.ts';
import { startupController } from './startup-controller.ts';
import { StartupStatuses } from './startup-statuses-resource.ts';
import { startupStatusController } from './startup-status-controller.ts';
import { StartupWishes } from './startup-wishes.ts';
import { Startups } from './startups-resource.ts';

/** Between two times at which statuses are told, milliseconds. */
const REST_MS = 50;

export interface StartupResources {
  /** Before controllers run. */
  register(): Promise<void>;
  /** In place of {@link Startup.begin}: with the entries of both. */
  begin(): Promise<void>;
  /** In place of {@link Startup.apply}, when files were read again. */
  readAgain(): Promise<StartupChanges>;
}

/** `listen`: calls back whenever the startup may tell something else. */
export function startupResources(
  { clock, config, engine, resources }: AgentWorld,
  startup: Startup,
  listen: (onChange: () => void) => Disposable,
): StartupResources {
  const wishes = new StartupWishes({
    startup,
    file: () => config().startup,
    directory: config().agent.dataDir,
  });
  return {
    register: async () => {
      const { registry, runtime } = resources;
      await registry.define(Startups);
      await registry.define(StartupStatuses);
      runtime.register(startupController({ wishes, engine }));
      runtime.register(
        startupStatusController({
          list: () => startup.list(),
          listen,
          rest: (signal) => pause(clock, REST_MS, signal),
        }),
      );
    },
    begin: async () => {
      const kept = await resources.state.list({ namespace: Startups.namespace, type: Startups.type });
      await wishes.begin(kept.filter(({ metadata }) => metadata.phase === 'running'));
    },
    readAgain: () => wishes.readAgain(),
  };
}
