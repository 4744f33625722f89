import type { Builtin } from 'corex/builtin';
import { commandList } from './command/list.ts';
import { corePing } from './core/ping.ts';
import { coreState } from './core/state.ts';
import { coreStop } from './core/stop.ts';
import { coreSubscribe } from './core/subscribe.ts';
import { coreVersion } from './core/version.ts';
import { jobCancel } from './job/cancel.ts';
import { jobGet } from './job/get.ts';
import { jobHistory } from './job/history.ts';
import { jobKill } from './job/kill.ts';
import { jobKillall } from './job/killall.ts';
import { jobList } from './job/list.ts';
import { jobPage } from './job/page.ts';
import { jobPosition } from './job/position.ts';
import { jobPriority } from './job/priority.ts';
import { jobResize } from './job/resize.ts';
import { jobResult } from './job/result.ts';
import { jobStats } from './job/stats.ts';
import { jobStdin } from './job/stdin.ts';
import { jobSubscribe } from './job/subscribe.ts';
import { jobUnschedule } from './job/unschedule.ts';
import { jobUnsubscribe } from './job/unsubscribe.ts';
import { jobWait } from './job/wait.ts';
import { queueList } from './queue/list.ts';
import { queuePause } from './queue/pause.ts';
import { queueResume } from './queue/resume.ts';
import { queueSet } from './queue/set.ts';

/** Every built-in, in the order `command.list` and the docs show them. */
export const builtins: readonly Builtin[] = [
  corePing,
  coreVersion,
  coreState,
  coreStop,
  coreSubscribe,
  commandList,
  jobList,
  jobPage,
  jobGet,
  jobResult,
  jobStats,
  jobWait,
  jobKill,
  jobKillall,
  jobCancel,
  jobUnschedule,
  jobPriority,
  jobSubscribe,
  jobUnsubscribe,
  jobStdin,
  jobResize,
  jobPosition,
  jobHistory,
  queueList,
  queueSet,
  queuePause,
  queueResume,
];
