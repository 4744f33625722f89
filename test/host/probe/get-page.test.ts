import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { getPage } from '../../../src/host/probe/get-page.ts';
import type { PageRequest } from '../../../src/host/probe/page-request.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { freePort } from '../../harness/free-port.ts';
import { serve } from './serve.ts';

const get = (request: PageRequest, more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  getPage(request, { timeoutMs: 10_000, clock: systemClock, ...more });

describe('getPage()', () => {
  test('gives status, headers and body', async () => {
    await using page = await serve((request, response) => {
      response
        .setHeader('set-cookie', ['a=1', 'b=2'])
        .end(`you asked for ${request.url} as ${String(request.headers['x-who'])}`);
    });
    const got = await get({ url: `${page.url}/a?b=c`, headers: { 'X-Who': 'me' } });
    expect(got).toMatchObject({ url: `${page.url}/a?b=c`, status: 200, truncated: false, redirects: 0 });
    expect(got.body.toString()).toBe('you asked for /a?b=c as me');
    expect(got.headers['set-cookie']).toBe('a=1\nb=2');
  });

  test('reads no more of the body than allowed, however long it is', async () => {
    await using page = await serve((_request, response) => {
      const more = (): void => {
        if (response.write(Buffer.alloc(65_536, 'x'))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const got = await get({ url: page.url, maxBytes: 1000 });
    expect(got).toMatchObject({ truncated: true });
    expect(got.body).toHaveLength(1000);
  });

  test('follows redirects, relative ones too, as often as allowed', async () => {
    await using page = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(await get({ url: `${page.url}/3` })).toMatchObject({ url: `${page.url}/0`, redirects: 3 });
    await expect(get({ url: `${page.url}/4`, maxRedirects: 3 })).rejects.toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringContaining('it leads on more than 3 times'),
    });
    await expect(get({ url: `${page.url}/1`, maxRedirects: 0 })).rejects.toMatchObject({
      message: expect.stringContaining('its status is 302'),
    });
  });

  test('hands credentials to no other host', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers['x-plain'] as string);
      response.end();
    });
    await using page = await serve((_request, response) => response.writeHead(307, { location: other.url }).end());
    await get({ url: page.url, headers: { Authorization: 'Bearer x', 'X-Plain': 'y' } });
    expect(seen).toEqual([undefined, 'y']);
  });

  test('is led to HTTP only', async () => {
    await using page = await serve((_request, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    );
    await expect(get({ url: page.url })).rejects.toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringContaining('file:///etc/passwd'),
    });
  });

  test('asks over a unix socket', async () => {
    await using directory = tempDir();
    await using _page = await serve((request, response) => response.end(request.headers.host), directory.at('s'));
    expect((await get({ url: 'http://docker/x', socket: directory.at('s') })).body.toString()).toBe('docker');
  });

  test.each<[string, PageRequest['expect'], string]>([
    ['a status', { status: [204] }, 'its status is 200, expected is 204'],
    ['a text', { contains: 'absent' }, 'its body has no "absent"'],
    ['a pattern', { matches: '^n[oe]pe' }, 'its body has no match of "^n[oe]pe"'],
  ])('refuses an answer without %s', async (_what, expected, why) => {
    await using page = await serve((_request, response) => response.end('hello'));
    await expect(get({ url: page.url, expect: expected ?? {} })).rejects.toMatchObject({
      code: 'unexpected-answer',
      number: 502,
      message: `Cannot accept the answer of "${page.url}/": ${why}`,
      details: { status: 200 },
    });
  });

  test('takes 2xx unless another status is expected', async () => {
    await using page = await serve((request, response) =>
      response.writeHead(Number(request.url?.slice(1))).end('hello'),
    );
    expect(await get({ url: `${page.url}/299` })).toMatchObject({ status: 299 });
    expect(await get({ url: `${page.url}/404`, expect: { status: 'any', matches: 'l{2}' } })).toMatchObject({
      status: 404,
    });
    await expect(get({ url: `${page.url}/404` })).rejects.toMatchObject({
      message: expect.stringContaining('its status is 404, expected is 200 to 299'),
    });
  });

  test('tells when nobody is there, and never the password', async () => {
    const port = await freePort();
    await expect(get({ url: `http://ann:secret@127.0.0.1:${port}/` })).rejects.toMatchObject({
      code: 'unreachable',
      number: 502,
      message: `Cannot get "http://127.0.0.1:${port}/": nothing listens there`,
    });
  });

  test('tells when what is there speaks something else', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('220 mail.example.com\r\n')).listen(
      0,
    );
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await expect(get({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })).rejects.toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringContaining('does not speak HTTP'),
    });
  });

  test.each([
    ['/x', 'a URL such as'],
    ['ftp://x/', 'a URL such as'],
    ['http://', 'a URL such as'],
  ])('refuses the URL %s', async (url, why) => {
    await expect(get({ url })).rejects.toMatchObject({ code: 'bad-arguments', message: expect.stringContaining(why) });
  });

  test('refuses headers that are none', async () => {
    await expect(get({ url: 'http://127.0.0.1:1', headers: { 'a b': 'c' } })).rejects.toMatchObject({
      code: 'bad-arguments',
    });
    await expect(get({ url: 'http://127.0.0.1:1', headers: { a: 'b\r\nc: d' } })).rejects.toMatchObject({
      code: 'bad-arguments',
    });
  });

  test.each([
    ['head', () => undefined],
    ['body', (response: { write(text: string): boolean }) => response.write('x')],
  ])('gives up waiting for the %s when time is out or it is told to', async (_what, answer) => {
    await using page = await serve((_request, response) => {
      answer(response);
    });
    await expect(get({ url: page.url }, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'timeout',
      message: `Cannot get "${page.url}" within 0.1 s`,
    });
    const abort = new AbortController();
    const getting = get({ url: page.url }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(getting).rejects.toThrow('enough');
  });
});
