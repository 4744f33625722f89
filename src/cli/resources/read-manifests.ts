/** Resources as they are written down in files. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { JsonValue } from '../../base/json.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { plainFromJson } from '../../base/plain-json.ts';
import type { GivenResource } from '../../protocol/resource.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';

/** A resource, and where it is written. */
export interface Manifest {
  readonly resource: GivenResource;
  readonly place: string;
}

/** What the state keeps by itself: read over, so that what was got can be applied. */
const KEPT = ['version', 'owner', 'phase', 'created', 'updated', 'uid'];
const GIVEN = ['namespace', 'type', 'id', 'labels', 'annotations', 'finalizers'];

/** Reads the documents of files in YAML or JSON; `-` is standard input. Errors: UsageError. */
export async function readManifests(files: readonly string[], cli: Cli): Promise<Manifest[]> {
  const all: Manifest[] = [];
  for (const file of files) {
    const source = file === '-' ? 'standard input' : `"${file}"`;
    const manifests = await parseManifests(await contentOf(file, cli), source);
    if (manifests.length === 0) throw new UsageError(`Cannot read resources in ${source}: there are none`);
    all.push(...manifests);
  }
  return all;
}

/** The resources of a text; `source` names it in errors. Errors: UsageError. */
export async function parseManifests(content: string, source: string): Promise<Manifest[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = [...parseAllDocuments(content)];
  return documents.flatMap((document, index): Manifest[] => {
    const place = documents.length === 1 ? source : `${source}, document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) throw unreadable(place, error.message);
    const value = plainValue(() => document.toJS() as unknown, place);
    return value === null || value === undefined ? [] : [{ resource: resourceOf(value, place), place }];
  });
}

async function contentOf(file: string, cli: Cli): Promise<string> {
  if (file === '-') return await text(cli.stdin());
  try {
    return await readFile(path.resolve(cli.directory, file), 'utf8');
  } catch (error) {
    throw new UsageError(`Cannot read resources: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** An anchor may hold itself, or itself many times over. */
function plainValue(read: () => unknown, place: string): JsonValue | undefined {
  try {
    const value = read();
    JSON.stringify(value);
    return value as JsonValue;
  } catch (error) {
    throw unreadable(place, error instanceof Error ? error.message : String(error));
  }
}

function resourceOf(value: JsonValue, place: string): GivenResource {
  const { metadata, spec, ...rest } = objectOf(value, place, 'an object of "metadata" and "spec" is wanted');
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw unreadable(place, unknownKey(unknown, ['metadata', 'spec']));
  const members = objectOf(metadata ?? null, place, '"metadata" with "type" and "id" is wanted');
  for (const key of Object.keys(members)) {
    if (![...GIVEN, ...KEPT].includes(key)) throw unreadable(place, unknownKey(key, GIVEN, 'metadata.'));
  }
  for (const key of ['type', 'id']) {
    const member = members[key];
    if (typeof member === 'string' && member !== '') continue;
    const why = member === undefined ? 'it is missing' : `${JSON.stringify(member)} is no text; put it in quotes`;
    throw unreadable(place, `"metadata.${key}" must be a text: ${why}`);
  }
  const given = Object.fromEntries(Object.entries(members).filter(([key]) => GIVEN.includes(key)));
  return {
    // The agent says what else is wrong with it.
    metadata: given as unknown as GivenResource['metadata'],
    ...(spec === undefined ? {} : { spec: plainSpec(spec, place) }),
  };
}

function plainSpec(spec: JsonValue, place: string): unknown {
  try {
    return plainFromJson(spec);
  } catch (error) {
    throw unreadable(place, error instanceof Error ? error.message : String(error));
  }
}

function objectOf(value: JsonValue, place: string, wanted: string): Readonly<Record<string, JsonValue>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, JsonValue>>;
  }
  throw unreadable(place, wanted);
}

function unknownKey(key: string, known: readonly string[], prefix = ''): string {
  const nearest = nearestName(key, known);
  return `"${prefix}${key}" is unknown there${nearest === undefined ? '' : `, did you mean "${prefix}${nearest}"?`}`;
}

function unreadable(place: string, why: string): UsageError {
  return new UsageError(`Cannot read resources in ${place}: ${why.trimEnd()}`);
}
