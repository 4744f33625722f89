/** The message `Spec`: what each kind of client is shown of a spec, and what is made of what it sends. */
import { parseJson } from '../base/json.ts';
import type { Resource } from '../state/resource.ts';
import { named, StateError } from '../state/state-error.ts';
import { fromJson, toJson } from '../state/stored-form.ts';
import { metaSpecFrom, metaSpecTo } from './meta-specs.ts';
import { isOpaqueSpec, opaqueSpec, protoOf } from './opaque-spec.ts';
import type { ProtobufReader } from './protobuf-reader.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import type { YamlText } from './spec-yaml.ts';

/**
 * In what form a client takes specs that are JSON: `json` in a field of corex's own, which only its client knows; as YAML
 * for people and everybody else.
 */
export type SpecForm = 'json' | YamlText;

const PROTO_SPEC = 1;
const YAML_SPEC = 2;
/** Far from what the protocol itself may use one day. */
export const OWN_FIELD = 1_000;

/** Of a spec in JSON. */
const BOUNDS = { depth: 64, keys: 100_000 };

const EMPTY: Readonly<Record<string, never>> = Object.freeze({});

/** Writes the inside of the message. An empty spec is an empty message. */
export function writeSpec(writer: ProtobufWriter, type: string, spec: unknown, form: SpecForm): void {
  if (isEmpty(spec)) return;
  if (isOpaqueSpec(spec)) {
    const proto = protoOf(spec);
    // Bytes that are not there are not a field without bytes: clients tell the two apart.
    if (proto !== undefined) writer.bytes(PROTO_SPEC, proto);
    if (spec.$yaml !== undefined) writer.text(YAML_SPEC, spec.$yaml);
    return;
  }
  const proto = metaSpecTo(type, spec);
  if (proto !== undefined) writer.bytes(PROTO_SPEC, proto);
  if (form !== 'json') writer.text(YAML_SPEC, form(spec));
  else if (proto === undefined) writer.text(OWN_FIELD, JSON.stringify(toJson(spec)));
}

/** Errors: StateError `bad-request`. */
export function readSpec(reader: ProtobufReader, type: string): unknown {
  let proto: Buffer | undefined;
  let yaml = '';
  let json: string | undefined;
  while (reader.next()) {
    if (reader.field === PROTO_SPEC) proto = reader.bytes();
    else if (reader.field === YAML_SPEC) yaml = reader.text();
    else if (reader.field === OWN_FIELD) json = reader.text();
    else reader.skip();
  }
  if (json !== undefined) return fromText(json);
  if (proto?.length === 0) proto = undefined;
  if (proto === undefined && yaml === '') return EMPTY;
  return (proto && metaSpecFrom(type, proto)) ?? opaqueSpec(proto, yaml);
}

/**
 * What a server answered to a write. Errors: StateError `unsupported` when it lost the spec: one that is not corex keeps
 * only what is opaque to it.
 */
export function keepsSpec(sent: Resource, stored: Resource): Resource {
  const isLost = !isEmpty(sent.spec) && isEmpty(stored.spec);
  if (!isLost) return stored;
  throw new StateError(
    'unsupported',
    `The spec of ${named(sent.metadata)} is lost: this server keeps no JSON; give "$proto" and "$yaml" instead`,
    sent.metadata,
  );
}

function fromText(text: string): unknown {
  const parsed = parseJson(text, BOUNDS);
  if (parsed.ok) return fromJson(parsed.value);
  throw new StateError('bad-request', `Cannot read the message Spec: ${parsed.message}`);
}

function isEmpty(spec: unknown): boolean {
  if (spec === undefined) return true;
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec) || spec instanceof Uint8Array) return false;
  return Object.keys(spec).length === 0;
}
