/** What a write makes of what is stored, or why it can't be. Pure: nothing is kept here. */
import type { OwnerOptions, UpdateOptions } from './backend.ts';
import { type Pointer, type Resource, sealed } from './resource.ts';
import { named, StateError } from './state-error.ts';

/** When a write happens, and the name of the life it begins. */
export interface Moment {
  readonly now: number;
  readonly uid: string;
}

export function whenCreated(
  stored: Resource | undefined,
  resource: Resource,
  { owner = '' }: OwnerOptions,
  { now, uid }: Moment,
): Resource {
  const { metadata, spec } = resource;
  if (metadata.owner !== '' && metadata.owner !== owner) {
    throw new StateError(
      'bad-request',
      `Cannot create ${named(metadata)}: it belongs to "${metadata.owner}", not to "${owner}"`,
      metadata,
    );
  }
  if (stored !== undefined) {
    throw new StateError('already-exists', `Cannot create ${named(metadata)}: there is one`, metadata);
  }
  return sealed({ ...metadata, owner, version: 1, created: now, updated: now, uid }, spec);
}

export function whenUpdated(
  stored: Resource | undefined,
  resource: Resource,
  { owner = '', expectedPhase = 'running' }: UpdateOptions,
  { now }: Pick<Moment, 'now'>,
): Resource {
  const { metadata, spec } = resource;
  const present = mustBeThere(stored, metadata, 'update');
  mustBelongTo(present, owner, 'update');
  const { version, phase, created, uid } = present.metadata;
  if (metadata.version !== version || (metadata.uid !== '' && metadata.uid !== uid)) {
    throw new StateError(
      'version-conflict',
      `Cannot update ${named(metadata)}: version ${metadata.version} is given, ${version} is stored; read it again`,
      metadata,
    );
  }
  if (expectedPhase !== 'any' && phase !== expectedPhase) {
    throw new StateError(
      'phase-conflict',
      `Cannot update ${named(metadata)}: it is ${phase}, not ${expectedPhase}`,
      metadata,
    );
  }
  const { owner: theirs } = present.metadata;
  return sealed({ ...metadata, owner: theirs, version: version + 1, created, updated: now, uid }, spec);
}

/** What is destroyed. */
export function whenDestroyed(stored: Resource | undefined, pointer: Pointer, { owner = '' }: OwnerOptions): Resource {
  const present = mustBeThere(stored, pointer, 'destroy');
  mustBelongTo(present, owner, 'destroy');
  const { finalizers } = present.metadata;
  if (finalizers.length > 0) {
    throw new StateError(
      'pending-finalizers',
      `Cannot destroy ${named(pointer)}: ${finalizers.join(', ')} must be done with it first`,
      pointer,
    );
  }
  return present;
}

export function mustBeThere(stored: Resource | undefined, pointer: Pointer, verb: string): Resource {
  if (stored !== undefined) return stored;
  throw new StateError('not-found', `Cannot ${verb} ${named(pointer)}: there is none`, pointer);
}

function mustBelongTo({ metadata }: Resource, owner: string, verb: string): void {
  if (metadata.owner === owner) return;
  const [theirs, ours] = [metadata.owner, owner].map((name) => (name === '' ? 'nobody' : `"${name}"`));
  throw new StateError(
    'owner-conflict',
    `Cannot ${verb} ${named(metadata)}: it belongs to ${theirs ?? ''}, not to ${ours ?? ''}`,
    metadata,
  );
}
