/** Containers as resources: what is wished for, what is so, and which of their processes are alive. */
import * as z from 'zod';
import { ContainerConfig, ContainerStatus } from '../protocol/container.ts';
import { defineResource } from '../state/define-resource.ts';

/** Whose they are: nobody else writes them. */
export const OWNER = 'containers';

/** Keeps a container from going before what it left was removed. */
export const FINALIZER = 'containers';

/** Annotation of a container that is to go although not all it had can be undone. */
export const LET_GO = 'let-go';

export const Containers = defineResource({
  type: 'Containers.containers.corex',
  namespace: 'containers',
  columns: [
    { name: 'Name', path: 'spec.name' },
    { name: 'Image', path: 'spec.image' },
    { name: 'Wanted', path: 'spec.run_state' },
    { name: 'Version', path: 'spec.version' },
  ],
  schema: ContainerConfig,
});

export const ContainerStatuses = defineResource({
  type: 'ContainerStatuses.containers.corex',
  namespace: 'containers',
  columns: [
    { name: 'Name', path: 'spec.name' },
    { name: 'State', path: 'spec.state' },
    { name: 'Pid', path: 'spec.main.pid' },
    { name: 'Exit code', path: 'spec.main.exit_code' },
    { name: 'Version', path: 'spec.version' },
  ],
  schema: ContainerStatus,
});

/** Of which container something began or ended, and how often so far: what wakes its controller. */
export const ContainerSignals = defineResource({
  type: 'ContainerSignals.runtime.corex',
  namespace: 'runtime',
  columns: [{ name: 'Count', path: 'spec.count' }],
  schema: z.strictObject({ count: z.int() }),
});
