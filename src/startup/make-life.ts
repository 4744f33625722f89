import type { EntryLife, LifePorts } from './entry-life.ts';
import { FixedLife } from './fixed-life.ts';
import type { PreparedEntry } from './prepare-entry.ts';
import { ScheduledLife } from './scheduled-life.ts';
import { ServiceLife } from './service-life.ts';
import { Standing, type StandingListener } from './standing.ts';

/** The life of an entry that is new. */
export function makeLife(prepared: PreparedEntry, ports: LifePorts, listener: StandingListener): EntryLife {
  const standing = new Standing(ports.clock, listener);
  if (prepared.type !== 'ready') return new FixedLife(prepared.entry, standing, prepared.type, prepared.reason);
  const { entry, command } = prepared;
  const { cron } = entry;
  if (cron === undefined) return new ServiceLife(prepared, standing, ports);
  return new ScheduledLife({ type: 'ready', command, entry: { ...entry, cron } }, standing, ports);
}
