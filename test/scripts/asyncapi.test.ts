import { describe, expect, test } from 'vitest';
import { asyncApiFile } from '../../scripts/docs/asyncapi.ts';
import { SERVER_FRAMES } from '../../src/protocol/frames.ts';

type Json = Record<string, unknown>;

const NAME = /^[\w.-]+$/;

const document = JSON.parse(asyncApiFile('1.2.3')) as {
  asyncapi: string;
  info: { title: string; version: string };
  servers: Record<string, { host: string; protocol: string; security: unknown[] }>;
  channels: Record<string, { address: string; messages: Record<string, Reference>; bindings: { ws: Json } }>;
  operations: Record<
    string,
    { action: string; channel: Reference; messages: Reference[]; reply?: { channel: Reference; messages: Reference[] } }
  >;
  components: {
    messages: Record<string, { name: string; contentType: string; payload: Json }>;
    schemas: Json;
    securitySchemes: Record<string, Json>;
  };
};

interface Reference {
  readonly $ref: string;
}

describe('the AsyncAPI document', () => {
  test('has the members version 3.0 asks for', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(document.info).toMatchObject({ title: 'corex', version: '1.2.3' });
    const known = ['asyncapi', 'id', 'info', 'defaultContentType', 'servers', 'channels', 'operations', 'components'];
    expect(Object.keys(document).filter((key) => !known.includes(key))).toEqual([]);
  });

  test('has references that all lead somewhere', () => {
    const references = [...referencesIn(document)];
    expect(references.length).toBeGreaterThan(30);
    expect(references.filter((reference) => resolve(reference) === undefined)).toEqual([]);
  });

  test('names things as the specification allows', () => {
    const { channels, operations, components } = document;
    for (const part of [
      document.servers,
      channels,
      operations,
      components.messages,
      components.schemas,
      components.securitySchemes,
    ]) {
      for (const name of Object.keys(part)) expect(name).toMatch(NAME);
    }
  });

  test('has servers with host, protocol and security', () => {
    for (const { host, protocol, security } of Object.values(document.servers)) {
      expect(host).not.toContain('/');
      expect(protocol).toMatch(/^wss?$/);
      expect(security).toHaveLength(2);
    }
    const { bearer, subprotocol } = document.components.securitySchemes;
    expect(bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(subprotocol).toMatchObject({ type: 'httpApiKey', in: 'header', name: 'Sec-WebSocket-Protocol' });
  });

  test('has operations whose messages are messages of their channel', () => {
    for (const { action, channel, messages, reply } of Object.values(document.operations)) {
      expect(['send', 'receive']).toContain(action);
      for (const part of [{ channel, messages }, ...(reply === undefined ? [] : [reply])]) {
        expect(resolve(part.channel.$ref)).toBeDefined();
        for (const { $ref } of part.messages) expect($ref.startsWith(`${part.channel.$ref}/messages/`)).toBe(true);
      }
    }
  });

  test('uses every message, every frame among them', () => {
    const used = Object.values(document.operations).flatMap(({ messages, reply }) => [
      ...messages,
      ...(reply?.messages ?? []),
    ]);
    const names = new Set(used.map(({ $ref }) => $ref.split('/').at(-1)));
    expect(names).toEqual(new Set(Object.keys(document.channels['v1']?.messages ?? {})));
    expect(names).toEqual(new Set(['command', 'stdin', 'output', ...Object.keys(SERVER_FRAMES)]));
    expect(Object.keys(document.components.messages).sort()).toEqual([...names].sort());
  });

  test('has schemas of the draft that AsyncAPI is built on', () => {
    const text = JSON.stringify(document.components.schemas);
    for (const newer of ['"$schema"', '"prefixItems"', '"$defs"', '"unevaluatedProperties"'])
      expect(text).not.toContain(newer);
  });

  test('binds its channel to WebSocket', () => {
    expect(document.channels['v1']).toMatchObject({
      address: '/v1',
      bindings: { ws: { method: 'GET', headers: { type: 'object' }, bindingVersion: '0.1.0' } },
    });
  });
});

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref' && typeof member === 'string') yield member;
    else yield* referencesIn(member);
  }
}

function resolve(reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document);
}
