/** The section of entries that are started with the agent, as it is written. Times are seconds. */
import * as z from 'zod';
import { compilePattern } from '../engine/hooks/on-match.ts';
import type { Probe } from '../host/probe/probe.ts';
import { errorMessage } from '../protocol/agent-error.ts';
import { WireCommand } from '../protocol/command.ts';
import { scheduleTrouble } from '../startup/schedule.ts';
import type { RunningRule, StartupEntry } from '../startup/startup-entry.ts';

const DEFAULT_DELAY_S = 2;
const DEFAULT_PROBE = { intervalS: 0.5, timeoutS: 60 } as const;

const { shape } = WireCommand;
const seconds = z.number().min(0).max(1_000_000_000);

const StartupProbe = z
  .strictObject({
    tcp: z
      .union([
        z.int().min(1).max(65_535),
        z.string().regex(/^(\[[^\]]+\]|[^\s:[\]]*):\d{1,5}$/, 'expected "HOST:PORT"'),
      ])
      .optional()
      .describe('Port that accepts, alone (of this machine) or as `HOST:PORT`.'),
    unix: z.string().min(1).optional().describe('Path of a socket that accepts.'),
    http: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('URL that answers with a status from 200 to 299.'),
    interval: seconds.min(0.01).optional().describe('Seconds between two tries. Default 0.5.'),
    timeout: seconds.min(0.1).optional().describe('Seconds until it is told that it takes too long. Default 60.'),
  })
  .refine(
    ({ tcp, unix, http }) => [tcp, unix, http].filter((target) => target !== undefined).length === 1,
    'expected one of "tcp", "unix" and "http"',
  );

const Fields = z.strictObject({
  name: shape.command.describe('Command to run, such as `core.system`.'),
  args: z
    .record(z.string(), z.json())
    .optional()
    .describe('Its arguments. `{KEY}` in texts is filled in, keys may be `condition|key`.'),
  after: z
    .array(z.string().min(1))
    .max(1000)
    .optional()
    .describe('Entries and milestones (`init`, `net`, `boot`) it comes after. Default: `["boot"]`.'),
  condition: z
    .string()
    .max(4096)
    .optional()
    .describe(
      'It is started only if this holds: `and(…)`, `or(…)`, `not(…)`, `true`, `false`, the name of a variable or kernel option.',
    ),
  running_delay: z
    .number()
    .min(-1_000_000_000)
    .max(1_000_000_000)
    .optional()
    .describe(
      'It counts as running when its process has lived this long; below 0, only when it has ended well. Default 2.',
    ),
  running_match: z
    .string()
    .min(1)
    .optional()
    .describe('It counts as running when a message has a match of this pattern (RE2).'),
  running_timeout: seconds
    .min(0.1)
    .optional()
    .describe('Seconds until it is told that the match takes too long. Default: never.'),
  running_probe: StartupProbe.optional().describe(
    'It counts as running when this answers: `{ tcp | unix | http, interval, timeout }`.',
  ),
  cron: z
    .string()
    .min(1)
    .optional()
    .describe('It runs at these times instead of with the agent: five fields, or six with seconds first.'),
  timezone: z
    .string()
    .min(1)
    .optional()
    .describe('Time zone of `cron`, such as `Europe/Brussels`. Default: the machine’s.'),
  catch_up: z
    .boolean()
    .optional()
    .describe('A time of `cron` that passed while no agent was there is made up for, once. Default false.'),
  protected: z
    .boolean()
    .optional()
    .describe('It always runs again, whatever its end, and `job.killall` leaves it alone. Default false.'),
  tags: z.array(z.string().min(1).max(256)).max(63).optional().describe('Labels of its job, beside `startup`.'),
  recurring_period: shape.recurring_period,
  max_restart: shape.max_restart,
  restart_delay: shape.restart_delay,
  restart_max_delay: shape.restart_max_delay,
  max_time: shape.max_time,
  kill_grace: shape.kill_grace,
  success_codes: shape.success_codes,
  queue: shape.queue,
  priority: shape.priority,
  stats_interval: shape.stats_interval,
  log_levels: shape.log_levels,
  keep: shape.keep,
  ttl: shape.ttl,
  raw: shape.raw,
});

/** One entry, `[startup.ID]`. */
export const StartupEntrySection = Fields.superRefine((entry, context) => {
  for (const [path, message] of troubles(entry)) context.addIssue({ code: 'custom', path: [path], message });
});
export type StartupEntrySection = z.infer<typeof Fields>;

/** The keys of an entry, for messages and documents. */
export const STARTUP_ENTRY_KEYS = Fields;

/** `[startup]`: entries by id, and where more of them are. */
export const StartupSection = z
  .object({
    include: z
      .array(z.string().min(1))
      .optional()
      .describe('Directories whose `*.toml` files hold more entries, in the order of their names.'),
  })
  .catchall(StartupEntrySection);
export type StartupSection = z.infer<typeof StartupSection>;

/** What fits no single key. */
function troubles(entry: StartupEntrySection): [keyof StartupEntrySection, string][] {
  const { cron, timezone } = entry;
  const found: [keyof StartupEntrySection, string | undefined | false][] = [
    ['running_match', entry.running_match !== undefined && patternTrouble(entry.running_match)],
    ['running_match', both(entry, 'running_match', 'running_probe')],
    ['running_match', entry.raw === true && both(entry, 'running_match', 'raw')],
    ['running_timeout', without(entry, 'running_timeout', 'running_match')],
    ['timezone', without(entry, 'timezone', 'cron')],
    ['catch_up', without(entry, 'catch_up', 'cron')],
    ['cron', both(entry, 'cron', 'recurring_period')],
    ['cron', entry.protected === true && both(entry, 'cron', 'protected')],
    [
      'cron',
      both(entry, 'cron', 'running_match') ??
        both(entry, 'cron', 'running_probe') ??
        both(entry, 'cron', 'running_delay'),
    ],
    ['cron', cron !== undefined && scheduleTrouble(cron, timezone)],
  ];
  return found.flatMap(([key, message]): [keyof StartupEntrySection, string][] =>
    typeof message === 'string' ? [[key, message]] : [],
  );
}

function both(entry: StartupEntrySection, one: keyof StartupEntrySection, other: keyof StartupEntrySection) {
  return entry[one] === undefined || entry[other] === undefined ? undefined : `expected it without "${other}"`;
}

function without(entry: StartupEntrySection, one: keyof StartupEntrySection, needed: keyof StartupEntrySection) {
  return entry[one] === undefined || entry[needed] !== undefined ? undefined : `expected it together with "${needed}"`;
}

function patternTrouble(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** From the spelling of the file to that of the inside. `resolve` gives a path its directory. */
export function entryOf(
  id: string,
  source: string,
  section: StartupEntrySection,
  resolve: (path: string) => string,
): StartupEntry {
  const { name, args, after, condition, cron, timezone, catch_up: catchUp, protected: isProtected, ...rest } = section;
  const {
    running_delay: _delay,
    running_match: _match,
    running_timeout: _timeout,
    running_probe: _probe,
    ...fields
  } = rest;
  return {
    id,
    source,
    command: { ...fields, command: name, arguments: args },
    after: after ?? [],
    running: ruleOf(section, resolve),
    cron: cron === undefined ? undefined : { pattern: cron, timezone, catchUp: catchUp ?? false },
    protected: isProtected ?? false,
    condition: condition ?? '',
  };
}

function ruleOf(section: StartupEntrySection, resolve: (path: string) => string): RunningRule {
  const { running_delay: delay = 0, running_match: pattern, running_timeout: timeout, running_probe: probe } = section;
  if (probe !== undefined) {
    const { interval = DEFAULT_PROBE.intervalS, timeout: patience = DEFAULT_PROBE.timeoutS } = probe;
    return { type: 'answers', probe: probeOf(probe, resolve), intervalMs: interval * 1000, timeoutMs: patience * 1000 };
  }
  if (pattern !== undefined) {
    return { type: 'says', pattern, timeoutMs: timeout === undefined ? undefined : timeout * 1000 };
  }
  return delay < 0 ? { type: 'ended' } : { type: 'alive', delayMs: (delay || DEFAULT_DELAY_S) * 1000 };
}

function probeOf({ tcp, unix, http }: z.infer<typeof StartupProbe>, resolve: (path: string) => string): Probe {
  if (http !== undefined) return { type: 'http', url: http };
  if (unix !== undefined) return { type: 'unix', path: resolve(unix) };
  if (typeof tcp === 'number') return { type: 'tcp', host: '127.0.0.1', port: tcp };
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(tcp ?? '') ?? [];
  return { type: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1', port: Number(port) };
}
