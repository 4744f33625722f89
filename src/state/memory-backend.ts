import { keptUuid } from '../base/uuid.ts';
import type { OwnerOptions, UpdateOptions } from './backend.ts';
import { EventLog } from './event-log.ts';
import { LoggedBackend, type LoggedBackendOptions, owned } from './logged-backend.ts';
import type { Pointer, Resource } from './resource.ts';
import { whenCreated, whenDestroyed, whenUpdated } from './transitions.ts';

export interface MemoryBackendOptions extends LoggedBackendOptions {
  /** Shared with other backends, whose order of events is then one. Default: its own. */
  readonly log?: EventLog;
}

/** Keeps resources as long as the process lives. */
export class MemoryBackend extends LoggedBackend {
  constructor({ log = new EventLog(), ...options }: MemoryBackendOptions = {}) {
    super(log, options);
  }

  async create(resource: Resource, options: OwnerOptions = {}): Promise<Resource> {
    this.mustBeOpen();
    const moment = { now: this.clock.now(), uid: keptUuid() };
    const created = whenCreated(this.stored.find(resource.metadata), owned(resource), options, moment);
    this.stored.put(created);
    this.log.append(created.metadata, { type: 'created', resource: created });
    return created;
  }

  async update(resource: Resource, options: UpdateOptions = {}): Promise<Resource> {
    this.mustBeOpen();
    const old = this.stored.find(resource.metadata);
    const updated = whenUpdated(old, owned(resource), options, { now: this.clock.now() });
    this.stored.put(updated);
    this.log.append(updated.metadata, { type: 'updated', resource: updated, old });
    return updated;
  }

  async destroy(pointer: Pointer, options: OwnerOptions = {}): Promise<void> {
    this.mustBeOpen();
    const resource = whenDestroyed(this.stored.find(pointer), pointer, options);
    this.stored.remove(pointer);
    this.log.append(pointer, { type: 'destroyed', resource });
  }
}
