import { expect, test } from 'vitest';
import { bearerSubprotocols, splitSubprotocols, tokenOfSubprotocols } from '../../src/channel/bearer-subprotocol.ts';

test('`tokenOfSubprotocols()` finds the token `bearerSubprotocols()` hides', () => {
  const protocols = bearerSubprotocols('a token+/= of any characters');
  expect(protocols[0]).toBe('corex.v1');
  expect(protocols[1]).toMatch(/^corex\.bearer\.[\w-]+$/);
  expect(tokenOfSubprotocols(protocols)).toBe('a token+/= of any characters');
});

test('`tokenOfSubprotocols()` finds nothing where there is none', () => {
  expect(tokenOfSubprotocols(['corex.v1', 'bearer.x'])).toBeUndefined();
});

test.each([
  [undefined, []],
  ['', []],
  ['corex.v1', ['corex.v1']],
  [' a ,b,, c', ['a', 'b', 'c']],
])('`splitSubprotocols()` reads %j', (header, protocols) => {
  expect(splitSubprotocols(header)).toEqual(protocols);
});
