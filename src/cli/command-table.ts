/** Every command of the CLI, in the order the help shows them. */
import { describeCommand, type CommandRow, type DescribedCommand } from './cli-command.ts';

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'run',
    group: 'jobs',
    summary: 'Run a program as a job and follow it to its end',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'exec',
    group: 'jobs',
    summary: 'Run a program now, with a terminal if wanted',
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  {
    name: 'batch',
    group: 'jobs',
    summary: 'Run many commands at once, in an order if wanted',
    load: async () => (await import('./commands/batch.ts')).batch,
  },
  {
    name: 'attach',
    group: 'jobs',
    summary: 'Connect to a running job’s output, input and terminal',
    load: async () => (await import('./commands/attach.ts')).attach,
  },
  {
    name: 'stdin',
    group: 'jobs',
    summary: 'Give a job standard input, or end it',
    load: async () => (await import('./commands/stdin.ts')).stdin,
  },
  {
    name: 'ps',
    group: 'jobs',
    summary: 'List jobs',
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  {
    name: 'top',
    group: 'jobs',
    summary: 'Watch jobs live, read their logs, end them',
    load: async () => (await import('./commands/top.ts')).top,
  },
  {
    name: 'stats',
    group: 'jobs',
    summary: 'Show what jobs use of the machine, and used before',
    load: async () => (await import('./commands/stats.ts')).stats,
  },
  {
    name: 'logs',
    group: 'jobs',
    summary: 'Show what a job wrote, and follow it',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'wait',
    group: 'jobs',
    summary: 'Wait until jobs have ended, and exit as they did',
    load: async () => (await import('./commands/wait.ts')).wait,
  },
  {
    name: 'result',
    group: 'jobs',
    summary: 'Show how a job ended',
    load: async () => (await import('./commands/result.ts')).result,
  },
  {
    name: 'kill',
    group: 'jobs',
    summary: 'Stop jobs for good, or send them a signal',
    load: async () => (await import('./commands/kill.ts')).kill,
  },
  {
    name: 'cancel',
    group: 'jobs',
    summary: 'Take back jobs that are not running',
    load: async () => (await import('./commands/cancel.ts')).cancel,
  },
  {
    name: 'queue',
    group: 'jobs',
    summary: 'List, size, pause and resume queues',
    load: async () => (await import('./commands/queue.ts')).queue,
  },
  {
    name: 'upload',
    group: 'files',
    summary: 'Send a file to the agent’s machine',
    load: async () => (await import('./commands/upload.ts')).upload,
  },
  {
    name: 'download',
    group: 'files',
    summary: 'Fetch a file from the agent’s machine',
    load: async () => (await import('./commands/download.ts')).download,
  },
  {
    name: 'get',
    group: 'resources',
    summary: 'Show resources',
    load: async () => (await import('./commands/get.ts')).get,
  },
  {
    name: 'watch',
    group: 'resources',
    summary: 'Show what happens to resources, as it comes',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  {
    name: 'apply',
    group: 'resources',
    summary: 'Make resources as files say',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  {
    name: 'delete',
    group: 'resources',
    summary: 'Say that resources are to go, and destroy them',
    load: async () => (await import('./commands/delete.ts')).deleteCommand,
  },
  {
    name: 'api-resources',
    group: 'resources',
    summary: 'List the types of resources',
    load: async () => (await import('./commands/api-resources.ts')).apiResources,
  },
  {
    name: 'containers',
    group: 'containers',
    summary: 'List, start, stop, pause and remove containers',
    load: async () => (await import('./commands/containers.ts')).containers,
  },
  {
    name: 'inspect',
    group: 'containers',
    summary: 'Show all there is to know of a container',
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  {
    name: 'cp',
    group: 'containers',
    summary: 'Copy files and directories into a container, or out of it',
    load: async () => (await import('./commands/cp.ts')).cp,
  },
  {
    name: 'images',
    group: 'containers',
    summary: 'List the images of containers',
    load: async () => (await import('./commands/images.ts')).images,
  },
  {
    name: 'image',
    group: 'containers',
    summary: 'Fetch, import, look at and remove images of containers',
    load: async () => (await import('./commands/image.ts')).image,
  },
  {
    name: 'start',
    group: 'agent',
    summary: 'Start the agent in the foreground',
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'stop',
    group: 'agent',
    summary: 'Stop the agent; its jobs go on',
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  {
    name: 'init',
    group: 'agent',
    summary: 'Be the first process of a container, with an agent in it',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'keeper',
    group: 'agent',
    summary: 'Keep the processes of jobs, for a service manager',
    load: async () => (await import('./commands/keeper.ts')).keeper,
  },
  {
    name: 'startup',
    group: 'agent',
    summary: 'Show and control what is started with the agent',
    load: async () => (await import('./commands/startup.ts')).startup,
  },
  {
    name: 'extension',
    group: 'agent',
    summary: 'List, add, remove and try commands that run programs',
    load: async () => (await import('./commands/extension.ts')).extension,
  },
  {
    name: 'call',
    group: 'agent',
    summary: 'Call any command of the agent and show its answer',
    load: async () => (await import('./commands/call.ts')).call,
  },
  {
    name: 'import',
    group: 'agent',
    summary: 'Convert what PM2 or supervisord starts into entries of the startup',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'doctor',
    group: 'agent',
    summary: 'Check this machine and the agent, and say what to do',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'token',
    group: 'agent',
    summary: 'Show or replace the token that lets callers in',
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'completion',
    group: 'more',
    summary: 'Print what lets a shell complete command lines',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    name: 'version',
    group: 'more',
    summary: 'Show the versions of corex, its agent and its Node',
    load: async () => (await import('./commands/version.ts')).version,
  },
  {
    name: 'help',
    group: 'more',
    summary: 'Show what corex can do, or how a command works',
    load: async () => (await import('./commands/help.ts')).help,
  },
];

/** Every command with all that is known of it, for the documents. */
export async function describeCommands(): Promise<DescribedCommand[]> {
  return Promise.all(COMMANDS.map((row) => describeCommand(row)));
}
