/** One application of a PM2 configuration, as PM2 documents it. */
import * as z from 'zod';
import { ConfigError } from '../../config-error.ts';

const text = z.union([z.string(), z.number()]).transform(String);
const number = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/, 'expected a number')
      .transform(Number),
  ])
  .pipe(z.number());
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);
const list = z.union([text.transform((one) => [one]), z.array(text)]);
const values = z.record(z.string(), z.unknown());

const App = z.looseObject({
  name: text.optional(),
  namespace: text.optional(),
  script: z.string().min(1).optional(),
  args: z.union([text, z.array(text)]).optional(),
  cwd: z.string().min(1).optional(),
  interpreter: z.string().min(1).optional(),
  node_args: z.union([z.string(), z.array(text)]).optional(),
  exec_mode: z.string().optional(),
  instances: z.union([z.literal('max'), number]).optional(),
  instance_var: z.string().min(1).optional(),
  increment_var: z.string().min(1).optional(),
  env: values.optional(),
  autorestart: flag.optional(),
  autostart: flag.optional(),
  stop_exit_codes: z.union([number.transform((code) => [code]), z.array(number)]).optional(),
  restart_delay: number.optional(),
  exp_backoff_restart_delay: number.optional(),
  kill_timeout: number.optional(),
  cron_restart: text.optional(),
  treekill: flag.optional(),
  source_map_support: flag.optional(),
  uid: text.optional(),
  gid: text.optional(),
  max_memory_restart: text.optional(),
  ignore_watch: list.optional(),
});
export type Pm2App = z.infer<typeof App>;

/** Other names PM2 takes for the same. */
const ALIASES: Readonly<Record<string, string>> = {
  cmd: 'script',
  command: 'script',
  exec_interpreter: 'interpreter',
  interpreter_args: 'node_args',
  interpreterArgs: 'node_args',
  nodeArgs: 'node_args',
  cron: 'cron_restart',
  user: 'uid',
  exec: 'script',
  execMode: 'exec_mode',
  stop_exit_code: 'stop_exit_codes',
};

/** Reads one application. Errors: ConfigError that names it and the option. */
function readPm2App(value: unknown, index: number): Pm2App {
  const plain = values.safeParse(value);
  const what = `the application ${String(index + 1)}`;
  if (!plain.success) throw new ConfigError(`Cannot convert ${what}: it is no object`);
  const given = Object.entries(plain.data).filter(([, member]) => member !== null && member !== undefined);
  const members = Object.fromEntries(given.map(([key, member]) => [ALIASES[key] ?? key, member]));
  const parsed = App.safeParse(members);
  const { name } = plain.data;
  const called = typeof name === 'string' ? `the application "${name}"` : what;
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`Cannot convert ${called}: "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`);
  }
  if (parsed.data.script === undefined) throw new ConfigError(`Cannot convert ${called}: it has no "script"`);
  return parsed.data;
}

/** The applications of what a configuration file holds. Errors: ConfigError when it holds none. */
export function readPm2Apps(content: unknown): Pm2App[] {
  const apps = appsIn(content);
  if (apps.length === 0) throw new ConfigError('Cannot convert it: it has no "apps"');
  return apps.map(readPm2App);
}

function appsIn(content: unknown): readonly unknown[] {
  if (Array.isArray(content)) return content as unknown[];
  if (typeof content !== 'object' || content === null) return [];
  const { apps, pm2, script, cmd } = content as Readonly<Record<string, unknown>>;
  const listed = apps ?? pm2;
  if (Array.isArray(listed)) return listed as unknown[];
  if (listed !== undefined) return [listed];
  return script === undefined && cmd === undefined ? [] : [content];
}
