/** The wire as an AsyncAPI 3.0 document, seen from the agent: it receives commands and sends frames. */
import * as z from 'zod';
import { BINARY_HEADER_BYTES } from '../../src/channel/binary-frame.ts';
import { WireCommand } from '../../src/protocol/command.ts';
import { SERVER_FRAMES } from '../../src/protocol/frames.ts';
import { HEARTBEAT_MS, MAX_FRAME_BYTES } from '../../src/protocol/limits.ts';
import { BEARER_SUBPROTOCOL_PREFIX, ENDPOINT_PATH, PROTOCOL_VERSION, SUBPROTOCOL } from '../../src/protocol/version.ts';
import { jsonSchema } from './json-schema.ts';
import { frameSchemas, text } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

const CHANNEL = '#/channels/v1';
const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';

/** Frames that answer a command, as opposed to those that come by themselves. */
const REPLIES = ['accepted', 'result', 'error'];

export function asyncApiFile(version: string): string {
  const messages = allMessages();
  return text({
    asyncapi: '3.0.0',
    info: {
      title: 'corex',
      version,
      description:
        `Protocol version ${PROTOCOL_VERSION}. A client sends commands, one JSON object in a text frame each; the agent answers with ` +
        `frames told apart by \`type\`. Frames of a client are at most ${MAX_FRAME_BYTES} bytes. The agent pings every ${HEARTBEAT_MS / 1000} s.`,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: JSON_TYPE,
    servers: {
      local: server('ws', '127.0.0.1:7411', 'The default listener; a token is needed on loopback, too.'),
      tls: server('wss', 'example.com:7411', 'Any other address; always with TLS.'),
    },
    channels: {
      v1: {
        address: ENDPOINT_PATH,
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, reference(`#/components/messages/${name}`)]),
        ),
        bindings: { ws: { method: 'GET', headers: upgradeHeaders(), bindingVersion: '0.1.0' } },
      },
    },
    operations: operations(),
    components: {
      messages,
      schemas: { command: jsonSchema(WireCommand), ...frameSchemas() },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The agent’s token in the `Authorization` header.' },
        subprotocol: {
          type: 'httpApiKey',
          in: 'header',
          name: 'Sec-WebSocket-Protocol',
          description: `For browsers: \`${SUBPROTOCOL}, ${BEARER_SUBPROTOCOL_PREFIX}<token in base64url>\`.`,
        },
      },
    },
  });
}

function server(protocol: string, host: string, description: string): Json {
  const security = ['bearer', 'subprotocol'].map((name) => reference(`#/components/securitySchemes/${name}`));
  return { host, protocol, description, security };
}

function upgradeHeaders(): Json {
  return {
    type: 'object',
    properties: {
      Authorization: { type: 'string', description: '`Bearer <token>`' },
      'Sec-WebSocket-Protocol': { type: 'string', description: `Optional: \`${SUBPROTOCOL}\`` },
    },
  };
}

function allMessages(): Record<string, Json> {
  const frames = Object.entries(SERVER_FRAMES).map(([type, schema]) => [
    type,
    message(type, z.globalRegistry.get(schema)?.description ?? ''),
  ]);
  return {
    command: message('command', 'Asks for a job or a call.'),
    stdin: binary('stdin', 'Bytes of a job’s standard input, under a handle of `job.stdin`.', '0'),
    output: binary('output', 'Bytes a job wrote, under a handle of `job.subscribe`.', '1 stdout, 2 stderr, 3 pty'),
    ...(Object.fromEntries(frames) as Record<string, Json>),
  };
}

function message(name: string, summary: string): Json {
  return {
    name,
    contentType: JSON_TYPE,
    payload: reference(`#/components/schemas/${name}`),
    ...(summary === '' ? {} : { summary }),
  };
}

function binary(name: string, summary: string, kinds: string): Json {
  return {
    name,
    summary,
    contentType: BYTES_TYPE,
    payload: {
      type: 'string',
      format: 'binary',
      minLength: BINARY_HEADER_BYTES,
      description: `A binary frame, big-endian: u8 kind (${kinds}), u32 handle, u64 position of the first byte, bytes.`,
    },
  };
}

function operations(): Json {
  const unasked = Object.keys(SERVER_FRAMES).filter((type) => !REPLIES.includes(type));
  return {
    receiveCommand: {
      action: 'receive',
      channel: reference(CHANNEL),
      summary: 'A job is accepted or refused, and ends with one result; a call is answered with one result.',
      messages: [inChannel('command')],
      reply: { channel: reference(CHANNEL), messages: REPLIES.map(inChannel) },
    },
    receiveStdin: { action: 'receive', channel: reference(CHANNEL), messages: [inChannel('stdin')] },
    sendFrame: { action: 'send', channel: reference(CHANNEL), messages: unasked.map(inChannel) },
    sendOutput: { action: 'send', channel: reference(CHANNEL), messages: [inChannel('output')] },
  };
}

function inChannel(name: string): Json {
  return reference(`${CHANNEL}/messages/${name}`);
}

function reference(place: string): Json {
  return { $ref: place };
}
