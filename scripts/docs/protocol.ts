/** The protocol for people: from the schemas and tables, nothing of it written twice. */
import { BINARY_HEADER_BYTES, STDIN_KIND, kindOfStream } from '../../src/channel/binary-frame.ts';
import * as z from 'zod';
import { CLOSE_CODES } from '../../src/protocol/close-codes.ts';
import { WireCommand } from '../../src/protocol/command.ts';
import { JobEvent, Message, SERVER_FRAMES } from '../../src/protocol/frames.ts';
import { JobInfo, QueueInfo } from '../../src/protocol/job-info.ts';
import * as limits from '../../src/protocol/limits.ts';
import { BEARER_SUBPROTOCOL_PREFIX, ENDPOINT_PATH, PROTOCOL_VERSION, SUBPROTOCOL } from '../../src/protocol/version.ts';
import { jsonSchema, membersOf } from './json-schema.ts';
import { code, page, sentence, table } from './markdown.ts';
import { outcomeTable } from './outcomes.ts';

export function protocolPage(): string {
  return page(
    'Protocol',
    `Version ${PROTOCOL_VERSION}. One WebSocket endpoint, ${code(ENDPOINT_PATH)}; subprotocol ${code(SUBPROTOCOL)}, optional. ` +
      'A client sends **commands**, one JSON object in a text frame each. The agent answers with **frames**, JSON objects told apart by `type`. ' +
      'Bytes travel in binary frames. Machine-readable: [asyncapi.json](asyncapi.json), [command.schema.json](command.schema.json), ' +
      '[frames.schema.json](frames.schema.json), [result.schema.json](result.schema.json).',
    `A token opens the connection: ${code('Authorization: Bearer <token>')}, or in a browser the subprotocols ` +
      `${code(`${SUBPROTOCOL}, ${BEARER_SUBPROTOCOL_PREFIX}<token in base64url>`)}. On a unix socket the file’s mode is the key.`,
    '## Command',
    'Times are seconds, fractions allowed; `null` and 0 mean absent. Unknown keys are refused with the nearest known one.',
    members(WireCommand),
    '## Frames of the agent',
    ...Object.entries(SERVER_FRAMES).flatMap(([type, schema]) => frameSection(type, schema)),
    '### A message',
    members(Message),
    '## Events',
    'Facts of an `event` frame, by `event`. Each run has one `exited`, after its last message, even when it could not be started.',
    table(
      ['event', 'facts'],
      JobEvent.options.map((event) => {
        const facts = membersOf(jsonSchema(event)).filter(({ name }) => name !== 'event');
        const names = facts.map(({ name, required }) => code(required ? name : `${name}?`));
        return [code(event.shape.event.value), names.join(', ') || '–'];
      }),
    ),
    '## Binary frames',
    `Big-endian, ${BINARY_HEADER_BYTES} bytes before the payload: \`u8 kind · u32 handle · u64 position\`. The position is that of the payload’s first byte.`,
    table(
      ['kind', 'direction', 'payload'],
      [
        [String(STDIN_KIND), 'to the agent', 'standard input, under a handle of `job.stdin`'],
        ...(['stdout', 'stderr', 'pty'] as const).map((stream) => [
          String(kindOfStream(stream)),
          'from the agent',
          `${stream}, under a handle of \`job.subscribe\``,
        ]),
      ],
    ),
    '## How a job ends',
    outcomeTable(),
    '## What is told of a job',
    members(JobInfo),
    '## What is told of a queue',
    members(QueueInfo),
    '## Limits',
    limitTable(),
    '## Close codes',
    table(
      ['code', 'name', 'meaning', 'connect again'],
      Object.entries(CLOSE_CODES).map(([number, { name, meaning, reconnect }]) => [
        number,
        name,
        sentence(meaning),
        reconnect ? 'yes' : 'no',
      ]),
    ),
    'Error codes: [errors.md](errors.md). Levels of messages: [levels.md](levels.md). Commands: [builtins.md](builtins.md).',
  );
}

function frameSection(type: string, schema: z.ZodType): string[] {
  const description = z.globalRegistry.get(schema)?.description;
  return [`### ${code(type)}`, ...(description === undefined ? [] : [description]), members(schema, ['type'])];
}

function members(schema: z.ZodType, leftOut: readonly string[] = []): string {
  const rows = membersOf(jsonSchema(schema)).filter(({ name }) => !leftOut.includes(name));
  return table(
    ['member', 'type', 'meaning'],
    rows.map(({ name, type, required, description }) => [code(required ? name : `${name}?`), type, description]),
  );
}

function limitTable(): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Frame of a client; a larger one closes the connection', bytes(limits.MAX_FRAME_BYTES)],
    ['Unanswered commands of a connection; more are refused with 429', String(limits.MAX_UNANSWERED)],
    ['Standard input sent ahead of the `stdin` event that takes it', bytes(limits.STDIN_CREDIT_BYTES)],
    ['Message; a longer one comes in parts', bytes(limits.MAX_MESSAGE_BYTES)],
    ['`data` and `critical` of a result', bytes(limits.MAX_RESULT_TEXT_BYTES)],
    [
      'Messages of each of a result’s `streams`',
      `${limits.RESULT_STREAM_MESSAGES}, ${bytes(limits.RESULT_STREAM_BYTES)}`,
    ],
    ['Job id', `${limits.MAX_ID_LENGTH} characters`],
    [
      'Ping of the agent, and how long a silent peer is believed in',
      `${limits.HEARTBEAT_MS / 1000} s, ${limits.DEAD_PEER_MS / 1000} s`,
    ],
  ];
  return table(['what', 'limit'], rows);
}

function bytes(count: number): string {
  return count % (1024 * 1024) === 0 ? `${count / 1024 / 1024} MiB` : `${count / 1024} KiB`;
}
