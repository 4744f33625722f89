import { expect, test } from 'vitest';
import { Heartbeat } from '../../src/server/heartbeat.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

function start() {
  const clock = new FakeClock();
  const peer = { bytes: 0, pings: 0, dead: 0, isListening: true };
  const heartbeat = new Heartbeat(clock, 20_000, 40_000, {
    bytesRead: () => peer.bytes,
    isListening: () => peer.isListening,
    ping: () => (peer.pings += 1),
    onDead: () => (peer.dead += 1),
  });
  return { clock, peer, heartbeat };
}

test('a heartbeat pings every 20 seconds, and gives a silent peer up after 40 (WS-3)', async () => {
  const { clock, peer } = start();
  await clock.advance(19_999);
  expect(peer).toMatchObject({ pings: 0, dead: 0 });
  await clock.advance(1);
  expect(peer).toMatchObject({ pings: 1, dead: 0 });
  await clock.advance(20_000);
  expect(peer).toMatchObject({ pings: 1, dead: 1 });
  expect(clock.waiting).toBe(0);
});

test('a peer that sends anything, even part of a frame, is alive', async () => {
  const { clock, peer } = start();
  for (let minute = 0; minute < 60; minute += 1) {
    peer.bytes += 1;
    await clock.advance(20_000);
  }
  expect(peer).toMatchObject({ pings: 60, dead: 0 });
});

test('a peer that falls silent is given up within 60 seconds', async () => {
  const { clock, peer } = start();
  await clock.advance(20_001);
  peer.bytes += 1;
  await clock.advance(59_999);
  expect(peer.dead).toBe(1);
});

test('a peer that is not listened to is not given up for its silence', async () => {
  const { clock, peer } = start();
  peer.isListening = false;
  await clock.advance(200_000);
  expect(peer).toMatchObject({ pings: 10, dead: 0 });
  peer.isListening = true;
  await clock.advance(60_000);
  expect(peer.dead).toBe(1);
});

test('`close()` ends a heartbeat', async () => {
  const { clock, peer, heartbeat } = start();
  heartbeat.close();
  await clock.advance(100_000);
  expect([peer.pings, peer.dead, clock.waiting]).toEqual([0, 0, 0]);
});
