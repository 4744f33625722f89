import type { Builtin } from 'corex/builtin';
import { aggregatorQuery } from './aggregator/query.ts';
import { commandList } from './command/list.ts';
import { configGet } from './config/get.ts';
import { containerCommit } from './container/commit.ts';
import { containerConfig } from './container/config.ts';
import { containerCopyFrom } from './container/copy_from.ts';
import { containerCopyTo } from './container/copy_to.ts';
import { containerCreate } from './container/create.ts';
import { containerDestroy } from './container/destroy.ts';
import { containerDispatch } from './container/dispatch.ts';
import { containerFind } from './container/find.ts';
import { containerGetHandle } from './container/get_handle.ts';
import { containerInspect } from './container/inspect.ts';
import { containerList } from './container/list.ts';
import { containerPause } from './container/pause.ts';
import { containerReadArchive } from './container/read_archive.ts';
import { containerResume } from './container/resume.ts';
import { containerSetEntryPoint } from './container/set_entry_point.ts';
import { containerSetEnv } from './container/set_env.ts';
import { containerSetHostname } from './container/set_hostname.ts';
import { containerSetImage } from './container/set_image.ts';
import { containerSetLimits } from './container/set_limits.ts';
import { containerSetMounts } from './container/set_mounts.ts';
import { containerSetNetwork } from './container/set_network.ts';
import { containerSetOptions } from './container/set_options.ts';
import { containerSetRunState } from './container/set_run_state.ts';
import { containerSetTags } from './container/set_tags.ts';
import { containerSetUser } from './container/set_user.ts';
import { containerSignal } from './container/signal.ts';
import { containerState } from './container/state.ts';
import { containerWait } from './container/wait.ts';
import { containerWriteArchive } from './container/write_archive.ts';
import { corePing } from './core/ping.ts';
import { coreState } from './core/state.ts';
import { coreStop } from './core/stop.ts';
import { coreSubscribe } from './core/subscribe.ts';
import { coreUnprivilege } from './core/unprivilege.ts';
import { coreVersion } from './core/version.ts';
import { extensionList } from './extension/list.ts';
import { extensionReload } from './extension/reload.ts';
import { extensionTest } from './extension/test.ts';
import { filesystemChmod } from './filesystem/chmod.ts';
import { filesystemChown } from './filesystem/chown.ts';
import { filesystemClose } from './filesystem/close.ts';
import { filesystemDownload } from './filesystem/download.ts';
import { filesystemExists } from './filesystem/exists.ts';
import { filesystemList } from './filesystem/list.ts';
import { filesystemMkdir } from './filesystem/mkdir.ts';
import { filesystemMove } from './filesystem/move.ts';
import { filesystemOpen } from './filesystem/open.ts';
import { filesystemRead } from './filesystem/read.ts';
import { filesystemRemove } from './filesystem/remove.ts';
import { filesystemStat } from './filesystem/stat.ts';
import { filesystemUpload } from './filesystem/upload.ts';
import { filesystemWrite } from './filesystem/write.ts';
import { httpGet } from './http/get.ts';
import { imageImport } from './image/import.ts';
import { imageInspect } from './image/inspect.ts';
import { imageList } from './image/list.ts';
import { imagePrune } from './image/prune.ts';
import { imagePull } from './image/pull.ts';
import { imageRemove } from './image/remove.ts';
import { infoCpu } from './info/cpu.ts';
import { infoDisk } from './info/disk.ts';
import { infoMem } from './info/mem.ts';
import { infoNic } from './info/nic.ts';
import { infoOs } from './info/os.ts';
import { infoPort } from './info/port.ts';
import { infoVersion } from './info/version.ts';
import { jobBatch } from './job/batch.ts';
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
import { loggerReopen } from './logger/reopen.ts';
import { loggerSetLevel } from './logger/set_level.ts';
import { loggerSubscribe } from './logger/subscribe.ts';
import { loggerUnsubscribe } from './logger/unsubscribe.ts';
import { portWait } from './port/wait.ts';
import { processKill } from './process/kill.ts';
import { processList } from './process/list.ts';
import { queueList } from './queue/list.ts';
import { queuePause } from './queue/pause.ts';
import { queueResume } from './queue/resume.ts';
import { queueSet } from './queue/set.ts';
import { startupList } from './startup/list.ts';
import { startupReload } from './startup/reload.ts';
import { startupRestart } from './startup/restart.ts';
import { startupStart } from './startup/start.ts';
import { startupStop } from './startup/stop.ts';
import { stateCreate } from './state/create.ts';
import { stateDestroy } from './state/destroy.ts';
import { stateGet } from './state/get.ts';
import { stateList } from './state/list.ts';
import { stateTeardown } from './state/teardown.ts';
import { stateTypes } from './state/types.ts';
import { stateUnwatch } from './state/unwatch.ts';
import { stateUpdate } from './state/update.ts';
import { stateWatch } from './state/watch.ts';

/** Every built-in, in the order `command.list` and the docs show them. */
export const builtins: readonly Builtin[] = [
  corePing,
  coreVersion,
  coreState,
  coreStop,
  coreSubscribe,
  coreUnprivilege,
  commandList,
  jobBatch,
  jobList,
  jobPage,
  jobGet,
  jobResult,
  jobStats,
  aggregatorQuery,
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
  startupList,
  startupStart,
  startupStop,
  startupRestart,
  startupReload,
  extensionList,
  extensionReload,
  extensionTest,
  imagePull,
  imageImport,
  imageList,
  imageInspect,
  imageRemove,
  imagePrune,
  processList,
  processKill,
  portWait,
  httpGet,
  infoCpu,
  infoMem,
  infoDisk,
  infoNic,
  infoOs,
  infoPort,
  infoVersion,
  loggerSetLevel,
  loggerReopen,
  loggerSubscribe,
  loggerUnsubscribe,
  configGet,
  filesystemOpen,
  filesystemRead,
  filesystemWrite,
  filesystemClose,
  filesystemExists,
  filesystemStat,
  filesystemList,
  filesystemMkdir,
  filesystemRemove,
  filesystemMove,
  filesystemChmod,
  filesystemChown,
  filesystemUpload,
  filesystemDownload,
  stateTypes,
  stateGet,
  stateList,
  stateCreate,
  stateUpdate,
  stateTeardown,
  stateDestroy,
  stateWatch,
  stateUnwatch,
  containerCreate,
  containerGetHandle,
  containerSetImage,
  containerSetEntryPoint,
  containerSetLimits,
  containerSetEnv,
  containerSetMounts,
  containerSetNetwork,
  containerSetHostname,
  containerSetUser,
  containerSetTags,
  containerSetOptions,
  containerSetRunState,
  containerCopyTo,
  containerWriteArchive,
  containerCommit,
  containerDestroy,
  containerSignal,
  containerList,
  containerFind,
  containerConfig,
  containerState,
  containerInspect,
  containerCopyFrom,
  containerReadArchive,
  containerPause,
  containerResume,
  containerWait,
  containerDispatch,
];
