/** The JSON Schema files: command, result, every frame of the agent. */
import * as z from 'zod';
import { WireCommand } from '../../src/protocol/command.ts';
import { EventFrame, JobEvent, SERVER_FRAMES } from '../../src/protocol/frames.ts';
import { JobResult } from '../../src/protocol/result.ts';
import { jsonSchema, type JsonSchema } from './json-schema.ts';

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** Every frame's schema by its type; the event frame with the facts of every event. */
export function frameSchemas(): Record<keyof typeof SERVER_FRAMES, JsonSchema> {
  const schemas = Object.entries(SERVER_FRAMES).map(([type, schema]) => [type, jsonSchema(schema)]);
  return { ...(Object.fromEntries(schemas) as Record<keyof typeof SERVER_FRAMES, JsonSchema>), event: eventFrame() };
}

function eventFrame(): JsonSchema {
  const { type, id, handle } = EventFrame.shape;
  const frames = JobEvent.options.map((event) => z.strictObject({ type, id, handle, ...event.shape }));
  return { ...jsonSchema(z.union(frames)), description: EventFrame.description ?? '' };
}

export function commandSchemaFile(): string {
  return text({ $schema: DRAFT, title: 'Command', ...jsonSchema(WireCommand) });
}

export function resultSchemaFile(): string {
  return text({ $schema: DRAFT, title: 'JobResult', ...jsonSchema(JobResult) });
}

export function framesSchemaFile(): string {
  const definitions = frameSchemas();
  return text({
    $schema: DRAFT,
    title: 'Frame',
    description: 'Every text frame the agent sends, told apart by `type`.',
    oneOf: Object.keys(definitions).map((type) => ({ $ref: `#/definitions/${type}` })),
    definitions,
  });
}

/** JSON as it is written to a file. */
export function text(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
