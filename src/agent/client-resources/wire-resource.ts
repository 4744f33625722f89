/** Resources of the state as the wire has them, and back. */
import { plainFromJson, plainToJson } from '../../base/plain-json.ts';
import type { JsonValue } from '../../base/json.ts';
import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import { MAX_RESOURCE_BYTES } from '../../protocol/limits.ts';
import type { GivenResource, LabelQueries, Resource as WireResource, ResourceEvent } from '../../protocol/resource.ts';
import type { StateEvent } from '../../state/event.ts';
import type { LabelQuery, LabelTerm } from '../../state/label-query.ts';
import type { Resource } from '../../state/resource.ts';

/** Shares what it can: for being written at once. */
export function toWire({ metadata, spec }: Resource): WireResource {
  return { metadata: metadata as WireResource['metadata'], spec: plainToJson(spec) };
}

export function eventToWire(event: StateEvent): ResourceEvent {
  const place = event.bookmark === undefined ? {} : { bookmark: bookmarkText(event.bookmark) };
  switch (event.type) {
    case 'created':
      return { event: 'created', resource: toWire(event.resource), ...place };
    case 'updated':
      return { event: 'updated', resource: toWire(event.resource), old: toWire(event.old), ...place };
    case 'destroyed': {
      const last = event.resource === undefined ? {} : { resource: toWire(event.resource) };
      return { event: 'destroyed', id: event.pointer.id, ...last, ...place };
    }
    case 'bootstrapped':
    case 'noop':
      return { event: event.type, bookmark: bookmarkText(event.bookmark) };
  }
}

export function bookmarkText(bookmark: Uint8Array): string {
  return Buffer.from(bookmark).toString('base64url');
}

/** Errors: AgentError `bad-request` for a spec that can't be read, and for too large a resource. */
export function readSpec({ metadata, spec }: GivenResource): unknown {
  const bytes = Buffer.byteLength(JSON.stringify({ metadata, spec }));
  if (bytes > MAX_RESOURCE_BYTES) {
    throw new AgentError(
      'bad-request',
      `Cannot write "${metadata.id}": it has ${bytes} bytes and may have ${MAX_RESOURCE_BYTES}`,
    );
  }
  try {
    return plainFromJson((spec === undefined ? {} : spec) as JsonValue);
  } catch (error) {
    throw new AgentError('bad-request', `Cannot read the spec of "${metadata.id}": ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

export function readLabels(queries: LabelQueries): LabelQuery[] {
  return queries.map((terms) =>
    terms.map(({ key, operation, values, invert }): LabelTerm => ({
      key,
      operation,
      ...(values === undefined || values === null ? {} : { values }),
      invert: invert ?? false,
    })),
  );
}
