import { expect, test } from 'vitest';

import { readPort } from '../../../src/cli/containers/read-port.ts';

test.each([
  ['8080:80', { host: 8080, container: 80, protocol: 'tcp' }],
  ['53:53/udp', { host: 53, container: 53, protocol: 'udp' }],
  ['8080', { host: 8080, container: 8080, protocol: 'tcp' }],
  ['127.0.0.1:8080:80', { host: 8080, container: 80, protocol: 'tcp', host_ip: '127.0.0.1' }],
  ['0.0.0.0:53:5353/udp', { host: 53, container: 5353, protocol: 'udp', host_ip: '0.0.0.0' }],
] as const)('`readPort()` reads %s', (text, port) => {
  expect(readPort(text)).toEqual(port);
});

test.each([
  ['', '8080:80, 5353:53/udp or 127.0.0.1:8080:80 is wanted'],
  ['web:80', 'is wanted'],
  ['0:80', 'is wanted'],
  ['8080:65536', 'is wanted'],
  ['8080:80/sctp', 'is wanted'],
  ['127.0.0.1:8080', 'is wanted'],
  ['127.0.0.1::80', 'is wanted'],
  ['::1:8080:80', 'is wanted'],
  ['localhost:8080:80', '"localhost" is no IPv4 address'],
  ['127.0.0.256:8080:80', '"127.0.0.256" is no IPv4 address'],
  ['[::1]:8080:80', '"::1" is not one of IPv4'],
  ['[]:8080:80', '"" is not one of IPv4'],
])('`readPort()` refuses %j, and says what is wanted', (text, why) => {
  expect(() => readPort(text)).toThrow(why);
});
