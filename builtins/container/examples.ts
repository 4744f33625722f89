import type { ContainerConfig, ContainerInfo, ContainerStatus } from 'corex/builtin';
import { EXAMPLE_ID } from './arguments.ts';

/** The container that the examples of several built-ins show. */
export const EXAMPLE_INFO: ContainerInfo = {
  id: EXAMPLE_ID,
  name: 'web',
  number: 7,
  image: 'docker.io/library/nginx:1.29',
  state: 'running',
  paused: false,
  created: 1_700_000_000_000,
  version: 2,
  tags: ['shop'],
  pid: 4321,
};

export const EXAMPLE_CONFIG: ContainerConfig & { readonly id: string } = {
  id: EXAMPLE_ID,
  name: 'web',
  image: 'docker.io/library/nginx:1.29',
  env: { MODE: 'fast' },
  limits: { memory_mb: 256, cpu_mhz: 2400, pids: 1024 },
  mounts: [],
  network: 'bridge',
  ports: [{ host: 8080, container: 80 }],
  tags: ['shop'],
  capabilities: [],
  read_only: false,
  open_stdin: false,
  stop_grace: 10,
  auto_remove: false,
  number: 7,
  created: 1_700_000_000_000,
  version: 2,
  run_state: 'running',
  starts: 1,
  files: [],
};

export const EXAMPLE_STATUS: ContainerStatus & { readonly id: string } = {
  id: EXAMPLE_ID,
  name: 'web',
  state: 'running',
  paused: false,
  version: 2,
  starts: 1,
  files: 0,
  main: { id: `${EXAMPLE_ID}.1`, command: 'web:', state: 'started', pid: 4321, started: 1_700_000_001_000 },
  execs: [],
  events: [
    { number: 1, event: 'created', at: 1_700_000_000_000, version: 1 },
    { number: 2, event: 'started', at: 1_700_000_001_000, version: 2 },
  ],
};

/** The same as it is asked for by itself. */
export const EXAMPLE_STATE = { ...EXAMPLE_STATUS, address: '10.120.0.2' };
