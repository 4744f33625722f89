/** Resources as the client gives them: with bytes and large integers where the wire has a form for them. */
import type { JsonValue } from '../base/json.ts';
import { plainFromJson, plainToJson } from '../base/plain-json.ts';
import type { GivenResource, Resource, ResourceEvent } from '../protocol/resource.ts';

/** A value that is remembered and watched. */
export interface ResourceValue<Spec = unknown> {
  readonly metadata: Resource['metadata'];
  readonly spec: Spec;
}

/** What a watch tells. `bookmark`, where there is one, stands behind the event. */
export type ResourceHappening<Spec = unknown> =
  | { readonly type: 'created'; readonly resource: ResourceValue<Spec>; readonly bookmark?: string }
  | {
      readonly type: 'updated';
      readonly resource: ResourceValue<Spec>;
      readonly old: ResourceValue<Spec>;
      readonly bookmark?: string;
    }
  /** `resource` is the last one that was stored; missing when a watch begins where there is none. */
  | {
      readonly type: 'destroyed';
      readonly id: string;
      readonly resource?: ResourceValue<Spec>;
      readonly bookmark?: string;
    }
  /** All that was there when the watch began has been told. */
  | { readonly type: 'bootstrapped'; readonly bookmark: string }
  /** Nothing happened; this is where the watch begins. */
  | { readonly type: 'noop'; readonly bookmark: string };

export function readResource({ metadata, spec }: Resource): ResourceValue {
  return { metadata, spec: plainFromJson(spec as JsonValue) };
}

export function readEvent(event: ResourceEvent): ResourceHappening {
  const place = event.bookmark === undefined ? {} : { bookmark: event.bookmark };
  switch (event.event) {
    case 'created':
      return { type: 'created', resource: readResource(event.resource), ...place };
    case 'updated':
      return { type: 'updated', resource: readResource(event.resource), old: readResource(event.old), ...place };
    case 'destroyed': {
      const last = event.resource === undefined ? {} : { resource: readResource(event.resource) };
      return { type: 'destroyed', id: event.id, ...last, ...place };
    }
    case 'bootstrapped':
    case 'noop':
      return { type: event.event, bookmark: event.bookmark };
  }
}

export function writeResource(resource: GivenResource): GivenResource {
  const { metadata, spec } = resource;
  return spec === undefined ? resource : { metadata, spec: plainToJson(spec) };
}
