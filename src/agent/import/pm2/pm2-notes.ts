/** What PM2 can and corex does otherwise or not at all. */
import type { Pm2App } from './pm2-app.ts';

/** Options that change nothing here: their effect is the same, or concerns PM2 alone. */
const WITHOUT_EFFECT = new Set([
  ...['name', 'namespace', 'script', 'args', 'cwd', 'interpreter', 'node_args', 'exec_mode', 'instances'],
  ...['instance_var', 'increment_var', 'env', 'autorestart', 'autostart', 'stop_exit_codes', 'restart_delay'],
  ...['exp_backoff_restart_delay', 'kill_timeout', 'cron_restart', 'treekill', 'source_map_support', 'uid', 'gid'],
  ...['force', 'vizion', 'pmx', 'automation', 'disable_trace', 'trace', 'version', 'kill_retry_time', 'watch_delay'],
  ...['ignore_watch', 'watch_options', 'listen_timeout', 'username', 'windowsHide', 'update_env', 'repository'],
]);

const OUTPUT =
  'its output is kept by the agent; "corex logs ID" shows it, and "output.job_bytes" says how much of it is kept';
const OUTPUT_OPTIONS = [
  ...['out_file', 'error_file', 'output', 'error', 'out', 'err', 'log', 'log_file', 'out_log', 'err_log'],
  ...['combine_logs', 'merge_logs', 'log_date_format', 'time', 'log_type', 'disable_logs', 'filter_logs'],
];

const REASONS: Readonly<Record<string, string>> = {
  watch: 'files are not watched; "corex startup restart ID" restarts it',
  max_memory_restart:
    'nothing is restarted for its memory; a limit for all its processes is "cgroup = { memory = … }" in its args, and who exceeds that is ended and, being protected, runs again',
  pid_file: 'no file is written; "corex ps" shows the pid',
  min_uptime: 'a run that lasted ten times the delay before it, and ten seconds at least, counts as good',
  max_restarts: 'it never gives up: the delays between restarts grow, to a minute at most',
  wait_ready: 'process.send("ready") is not heard; "running_match" or "running_probe" tell when it runs',
  shutdown_with_message: 'no message is sent; it gets SIGTERM',
  post_update: 'corex fetches no sources for its startup',
  filter_env: 'a program only gets a few of the agent’s variables and those of its "env" anyhow',
  append_env_to_name: 'the id is the name alone',
  port: 'PM2 hands it over as the variable PORT; put that into "env"',
};

/** One note for each option that is not carried over. */
export function pm2Notes(app: Pm2App): string[] {
  const given = Object.entries(app).filter(([, value]) => value !== undefined && value !== false && value !== null);
  const options = given.map(([key]) => key).filter((key) => !WITHOUT_EFFECT.has(key));
  const output = options.filter((key) => OUTPUT_OPTIONS.includes(key));
  const others = options.filter((key) => !OUTPUT_OPTIONS.includes(key));
  return [
    ...(output.length === 0 ? [] : [`${output.map(quoted).join(', ')}: ${OUTPUT}.`]),
    ...others.flatMap((key) => {
      if (key.startsWith('env_')) return [`"${key}" was left out: --env ${key.slice(4)} takes it in.`];
      const reason = Object.hasOwn(REASONS, key) ? REASONS[key] : undefined;
      return [reason === undefined ? `"${key}" is unknown here and was left out.` : `"${key}": ${reason}.`];
    }),
  ];
}

function quoted(key: string): string {
  return `"${key}"`;
}
