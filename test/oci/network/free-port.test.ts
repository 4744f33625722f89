import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { checkHostAddress, isPortFree } from '../../../src/oci/network/free-port.ts';

test('`isPortFree()` tells a port that a program has, of one protocol and not the other', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tcp = { hostPort: port, containerPort: 80, protocol: 'tcp' as const };
  expect(await isPortFree(tcp)).toBe(false);
  expect(await isPortFree({ ...tcp, hostAddress: '127.0.0.2' })).toBe(true);
  server.close();
  await once(server, 'close');
  expect(await isPortFree(tcp)).toBe(true);

  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const udp = { hostPort: socket.address().port, containerPort: 53, protocol: 'udp' as const };
  expect(await isPortFree(udp)).toBe(false);
  socket.close();
  await once(socket, 'close');
  expect(await isPortFree(udp)).toBe(true);
});

test('`isPortFree()` refuses an address that is not the machine’s', async () => {
  const port = { hostPort: 8080, containerPort: 80, protocol: 'tcp' as const, hostAddress: '192.0.2.77' };
  await expect(isPortFree(port)).rejects.toMatchObject({
    code: 'bad-arguments',
    message: expect.stringContaining(
      'Cannot forward port 8080 (tcp) of the machine: it has no address 192.0.2.77; it has ',
    ) as string,
  });
});

test('`checkHostAddress()` takes what the machine has and what it always has, and names what it has', () => {
  const ofEth0 = { address: '10.0.0.7', netmask: '', family: 'IPv4' as const, mac: '', internal: false, cidr: null };
  const interfaces = { eth0: [ofEth0] };
  const check = (hostAddress?: string) => () => {
    const port = { hostPort: 8080, containerPort: 80, protocol: 'tcp' as const };
    checkHostAddress({ ...port, ...(hostAddress !== undefined && { hostAddress }) }, interfaces);
  };
  for (const address of [undefined, '0.0.0.0', '127.0.0.1', '10.0.0.7']) expect(check(address)).not.toThrow();
  expect(check('10.0.0.8')).toThrow('it has no address 10.0.0.8; it has 10.0.0.7');
});
