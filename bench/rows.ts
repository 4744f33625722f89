import type { Row } from './row.ts';
import { bytes } from './rows/bytes.ts';
import { calls } from './rows/calls.ts';
import { cli } from './rows/cli.ts';
import { cosi } from './rows/cosi.ts';
import { containerStart } from './rows/container-start.ts';
import { containers } from './rows/containers.ts';
import { controllers } from './rows/controllers.ts';
import { crash } from './rows/crash.ts';
import { exactOutput } from './rows/exact-output.ts';
import { growth } from './rows/growth.ts';
import { idleJobs } from './rows/idle-jobs.ts';
import { jobs, jobsPower } from './rows/jobs.ts';
import { latency } from './rows/latency.ts';
import { memory } from './rows/memory.ts';
import { messages } from './rows/messages.ts';
import { sampling } from './rows/sampling.ts';
import { spawnBlock } from './rows/spawn-block.ts';
import { startup } from './rows/startup.ts';
import { stateSize } from './rows/state-size.ts';
import { state } from './rows/state.ts';
import { stoppedReader } from './rows/stopped-reader.ts';

/** Every row, in the order of the report. */
export const rows: readonly Row[] = [
  jobs,
  jobsPower,
  latency,
  spawnBlock,
  growth,
  calls,
  cosi,
  bytes,
  messages,
  stoppedReader,
  memory,
  idleJobs,
  sampling,
  exactOutput,
  crash,
  startup,
  cli,
  state,
  stateSize,
  controllers,
  containerStart,
  containers,
];
