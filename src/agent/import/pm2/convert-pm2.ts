/** From applications of PM2 to entries of the startup. */
import path from 'node:path';
import { scheduleTrouble } from '../../../startup/schedule.ts';
import type { StartupEntrySection } from '../../config-startup.ts';
import {
  ALWAYS_RESTARTED,
  argumentsOf,
  EntryIds,
  type ImportedEntry,
  type ImportedStartup,
  NOT_BY_ITSELF,
  withoutSurprises,
} from '../imported.ts';
import { type Pm2App, readPm2Apps } from './pm2-app.ts';
import { pm2Notes } from './pm2-notes.ts';
import { pm2Program } from './pm2-program.ts';

export interface Pm2Options {
  /** What relative paths are relative to. */
  readonly directory: string;
  /** Takes in `env_NAME`. */
  readonly environment?: string | undefined;
  /** Processors of the machine, for `instances: "max"`. */
  readonly processors: number;
}

/** What PM2 waits between asking and killing, milliseconds. */
const KILL_TIMEOUT_MS = 1600;
/** The longest of its growing delays, seconds. */
const LONGEST_BACKOFF_S = 15;

const GENERAL = [
  'PM2 ends programs by SIGINT, corex by SIGTERM; PM2 hands on all variables of the shell it was started from, corex a few (docs/security.md) and those in "env".',
];

/** Converts what a configuration file holds. Errors: ConfigError for what PM2 would not take either. */
export function convertPm2(content: unknown, options: Pm2Options): ImportedStartup {
  const ids = new EntryIds();
  const entries = readPm2Apps(content).flatMap((app) => convertApp(app, options, ids));
  const hasDeploy = typeof content === 'object' && content !== null && 'deploy' in content;
  const deploy = hasDeploy ? ['"deploy" was left out: corex does not deploy.'] : [];
  return { entries, notes: [...GENERAL, ...deploy] };
}

function convertApp(app: Pm2App, options: Pm2Options, ids: EntryIds): ImportedEntry[] {
  const count = instancesOf(app, options.processors);
  const name = app.name ?? path.parse(app.script ?? '').name;
  const { section, notes } = sectionOf(app);
  const found = pm2Program(app, options.directory);
  const isCluster = /^cluster(_mode)?$/i.test(app.exec_mode ?? '') || (app.exec_mode === undefined && count > 1);
  const shared = [
    ...notes,
    ...found.notes,
    ...(app.instances === 'max' || Number(app.instances) <= 0
      ? [
          `"instances": ${JSON.stringify(app.instances)} became ${String(count)}: this machine has ${String(options.processors)} processors.`,
        ]
      : []),
    ...(isCluster
      ? ['Cluster mode shares one port among instances; here each listens for itself, so their ports must differ.']
      : []),
  ];
  const { takenIn, env } = environmentOf(app, options.environment);
  return Array.from({ length: count }, (_, index): ImportedEntry => {
    const own = { ...found.env, ...env, ...instanceVariables(app, env, index, count) };
    const { program, notes: surprises } = withoutSurprises({
      name: found.name,
      ...(found.args.length === 0 ? {} : { args: found.args }),
      dir: found.dir,
      ...(Object.keys(own).length === 0 ? {} : { env: own }),
      ...userOf(app),
    });
    const tags = [...(count > 1 ? [name] : []), ...(app.namespace === undefined ? [] : [app.namespace])];
    return {
      id: ids.take(count > 1 ? `${name}-${String(index)}` : name),
      section: {
        ...section,
        ...(tags.length === 0 ? {} : { tags: tags.map((tag) => tag.slice(0, 256)) }),
        args: argumentsOf(program),
      },
      notes: [
        ...shared,
        ...pm2Notes(app).filter((note) => !takenIn.some((key) => note.startsWith(`"${key}"`))),
        ...surprises,
      ],
    };
  });
}

function instancesOf({ instances = 1 }: Pm2App, processors: number): number {
  const wanted = instances === 'max' ? 0 : Math.trunc(instances);
  return wanted > 0 ? Math.min(wanted, 1000) : Math.max(1, processors + wanted);
}

/** Restarts, ends and schedule. */
function sectionOf(app: Pm2App): { readonly section: StartupEntrySection; readonly notes: readonly string[] } {
  const notes: string[] = app.autostart === false ? [NOT_BY_ITSELF] : [];
  const restarts = app.autorestart !== false;
  const schedule = cronOf(app, restarts, notes);
  return {
    section: {
      name: 'core.system',
      ...(app.autostart === false ? { condition: 'false' } : {}),
      ...(schedule === undefined ? {} : { cron: schedule }),
      ...(restarts ? restartsOf(app, notes) : {}),
      kill_grace: (app.kill_timeout ?? KILL_TIMEOUT_MS) / 1000,
      ...(app.treekill === false ? { keep: true } : {}),
    },
    notes,
  };
}

function cronOf({ cron_restart: cron }: Pm2App, restarts: boolean, notes: string[]): string | undefined {
  if (cron === undefined || cron === '0') return undefined;
  const trouble = scheduleTrouble(cron, undefined);
  if (trouble !== undefined) notes.push(`"cron_restart": "${cron}" was left out: ${trouble}.`);
  else if (!restarts) return cron;
  else
    notes.push(
      `"cron_restart": a running program is not restarted by the clock; "cron" starts one that ends by itself.`,
    );
  return undefined;
}

function restartsOf(app: Pm2App, notes: string[]): Partial<StartupEntrySection> {
  const { restart_delay: delay = 0, exp_backoff_restart_delay: backoff = 0, stop_exit_codes: codes } = app;
  const delays =
    backoff > 0
      ? { restart_delay: backoff / 1000, restart_max_delay: Math.max(LONGEST_BACKOFF_S, backoff / 1000) }
      : delay > 0
        ? { restart_delay: delay / 1000, restart_max_delay: delay / 1000 }
        : {};
  if (codes === undefined || codes.length === 0) return { protected: true, ...delays };
  if (!codes.includes(0)) notes.push('"stop_exit_codes": an exit with 0 is not followed by a restart either.');
  const others = codes.filter((code) => Number.isInteger(code) && code > 0 && code < 256);
  return { max_restart: ALWAYS_RESTARTED, ...(others.length === 0 ? {} : { success_codes: others }), ...delays };
}

function environmentOf(app: Pm2App, name: string | undefined): { takenIn: string[]; env: Record<string, string> } {
  const key = `env_${name ?? ''}`;
  const chosen = name === undefined ? undefined : app[key];
  const more = typeof chosen === 'object' && chosen !== null ? chosen : {};
  const all = Object.entries({ ...app.env, ...more }).filter(([, value]) => value !== undefined && value !== null);
  const env = all.map(([variable, value]) => [variable, typeof value === 'string' ? value : JSON.stringify(value)]);
  return { takenIn: chosen === undefined ? [] : [key], env: Object.fromEntries(env) as Record<string, string> };
}

/** What tells instances of one application apart. */
function instanceVariables(app: Pm2App, env: Readonly<Record<string, string>>, index: number, count: number) {
  const { increment_var: counted, instance_var: variable = 'NODE_APP_INSTANCE' } = app;
  const base = counted === undefined ? NaN : Number(env[counted] ?? 0);
  return {
    ...(count > 1 || app.instance_var !== undefined ? { [variable]: String(index) } : {}),
    ...(counted === undefined || !Number.isFinite(base) ? {} : { [counted]: String(base + index) }),
  };
}

function userOf({ uid, gid }: Pm2App): { user?: string } {
  if (uid === undefined) return {};
  return { user: gid === undefined ? uid : `${uid}:${gid}` };
}
