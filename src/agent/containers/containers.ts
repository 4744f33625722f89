/** The part of the agent that has its containers. */
import path from 'node:path';
import { Containers } from '../../containers/containers.ts';
import { containerController } from '../../containers/container-controller.ts';
import { processorMhz } from '../../containers/oci/inner-limits.ts';
import { ContainerTable } from '../../containers/container-table.ts';
import { ContainerNumbers } from '../../containers/numbers.ts';
import { ProcessRuns } from '../../containers/process-runs.ts';
import { ProcessWatch } from '../../containers/process-watch.ts';
import { Removals } from '../../containers/removals.ts';
import { Containers as ContainerResources, ContainerSignals, ContainerStatuses } from '../../containers/resources.ts';
import { StagedFiles } from '../../containers/staged-files.ts';
import { EXEC_COMMAND, MAIN_COMMAND } from '../../kinds/container/container-arguments.ts';
import { containerExecKind, containerMainKind } from '../../kinds/container/container-process.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import type { ContainerConfig, ContainerStatus } from '../../protocol/container.ts';
import type { MakePart } from '../agent-part.ts';
import { dataPaths } from '../data-dir.ts';
import { containerGear } from './container-gear.ts';

export const containers: MakePart = (world) => {
  const { resources, engine, store, logger, clock, commands } = world;
  const { state, registry, runtime } = resources;
  const { dataDir } = world.config().agent;
  const log = logger.child({ part: 'containers' });
  const stack = new DisposableStack();
  const directory = dataPaths(dataDir).containers;
  const table = new ContainerTable();
  const files = new StagedFiles(path.join(directory, 'files'));
  const { maker, addressOf, endUnknown, leave } = containerGear(
    world,
    path.join(directory, 'made'),
    (id) => table.find(id)?.name,
  );
  const watch = new ProcessWatch({
    state,
    onTrouble: (error) => {
      log.error({ error: errorMessage(error) }, 'A container could not be looked at');
    },
  });
  const removals = new Removals();
  const runs = new ProcessRuns({ state, jobs: () => engine, table, files, maker });
  const access = new Containers({
    state,
    jobs: engine,
    maker,
    files,
    table,
    watch,
    removals,
    clock,
    addressOf,
    defaults: () => ({ limits: world.config().containers.limits, processorMhz: processorMhz() }),
  });
  const findKnown = async (): Promise<void> => {
    const waiting = new Set<string>();
    for (const { metadata, spec } of await state.list(ContainerResources)) {
      const config = spec as ContainerConfig;
      table.put(metadata.id, config);
      for (const { source } of config.files) waiting.add(source);
    }
    for (const { metadata, spec } of await state.list(ContainerStatuses)) {
      const { starts } = spec as ContainerStatus;
      if (starts > 0) runs.expect(metadata.id, starts);
    }
    await files.keepOnly(waiting);
  };
  return {
    register: async () => {
      for (const definition of [ContainerResources, ContainerStatuses, ContainerSignals, ContainerNumbers]) {
        await registry.define(definition);
      }
      await findKnown();
      const { output } = world.config();
      const kind = {
        place: commands.place,
        runs,
        outputDirectory: (uid: string) => store.outputs.directory(uid),
        outputBytes: output.jobBytes,
        drainMs: output.drainMs,
      };
      engine.register({ sort: 'job', factory: containerMainKind(kind), description: MAIN_COMMAND });
      engine.register({ sort: 'job', factory: containerExecKind(kind), description: EXEC_COMMAND });
      stack.use(engine.addHandler(watch.handler));
      const parts = { state, jobs: engine, maker, files, table, watch, runs, removals, clock };
      runtime.registerQueue(containerController(parts));
      world.offer({ containers: access });
    },
    begin: async () => {
      try {
        await endUnknown(new Set(table.all.map(({ id }) => id)));
      } catch (error) {
        log.warn({ error: errorMessage(error) }, 'Containers that nobody knows could not be ended');
      }
    },
    close: async () => {
      stack.dispose();
      await access[Symbol.asyncDispose]();
      await leave();
    },
  };
};
