import { expect, test } from 'vitest';
import { parseAddress } from '../../src/client/address.ts';

test.each([
  ['ws://127.0.0.1:7411', 'ws://127.0.0.1:7411/v1', undefined],
  ['wss://agent.example/', 'wss://agent.example/v1', undefined],
  ['ws://agent.example/behind/a/proxy', 'ws://agent.example/behind/a/proxy', undefined],
  ['ws://[::1]:7411#part', 'ws://[::1]:7411/v1', undefined],
  ['unix:/run/corex/agent.sock', 'ws://localhost/v1', '/run/corex/agent.sock'],
  ['unix:///run/a:b', 'ws://localhost/v1', '/run/a:b'],
  ['unix:relative.sock', 'ws://localhost/v1', 'relative.sock'],
])('parseAddress() reads "%s"', (url, target, socketPath) => {
  expect(parseAddress(url)).toEqual({ url, target, ...(socketPath === undefined ? {} : { socketPath }) });
});

test.each(['', 'unix:', 'http://agent', 'agent:7411', 'ws://', 'ws://user:secret@agent'])(
  'parseAddress() refuses "%s"',
  (url) => {
    expect(() => parseAddress(url)).toThrow(
      expect.objectContaining({ code: 'bad-arguments', message: expect.stringContaining(`"${url}"`) }),
    );
  },
);
