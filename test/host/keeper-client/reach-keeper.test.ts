import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { FrameReader } from '../../../src/host/keeper/frames.ts';
import { FrameWriter } from '../../../src/host/keeper/frame-writer.ts';
import { ASK } from '../../../src/host/keeper/protocol.ts';
import { RawAgent } from '../keeper/raw-agent.ts';
import { KeeperStage } from './keeper-stage.ts';
import { runKey } from '../../harness/run-key.ts';

/** Frames as every version has them: what an agent may ask of any keeper, and what it is told first. */
const HELLO = 1;
const LEAVE = 2;
const OPEN = 3;
const KEEPER_HELLO = 65;

const { forget: FORGET, ping: PING } = ASK;

interface OldKeeper {
  readonly server: Server;
  readonly asked: number[];
}

/** A keeper of another time, of which no more is known than what it says first. It goes when it is asked to. */
async function otherKeeper(path: string, hello: object): Promise<OldKeeper> {
  const asked: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const writer = new FrameWriter(socket);
    const reader = new FrameReader();
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      reader.push(chunk, ({ kind }) => {
        asked.push(kind);
        if (kind === HELLO) writer.send(KEEPER_HELLO, 0, JSON.stringify(hello));
        if (kind === LEAVE) end();
      });
    });
  });
  const end = (): void => {
    server.close();
    rmSync(path, { force: true });
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(end);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { server, asked };
}

const NOBODY = { pid: 2 ** 22, startTime: 1, epoch: 'another', version: '0.0.1' };

describe('a keeper of another version', () => {
  test('that has nothing to keep is asked to make room, and one of ours is started', async () => {
    await using stage = new KeeperStage();
    const old = await otherKeeper(`${stage.directory}/k.sock`, { ...NOBODY, protocol: 0, oldest: 0, runs: 0 });
    const agent = await stage.open(1);
    expect(old.asked).toEqual([HELLO, LEAVE]);
    expect(agent.epoch).not.toBe('another');
    expect(await agent.launcher.spawn(runKey('a'), stage.spec('true'))).toMatchObject({ type: 'started' });
  });

  test.each([
    ['older than what is understood', { protocol: 0, oldest: 0 }],
    ['too new to understand us', { protocol: 9, oldest: 8 }],
  ])('that is %s is left alone with its runs, and the error says what can be done', async (_what, range) => {
    await using stage = new KeeperStage();
    const old = await otherKeeper(`${stage.directory}/k.sock`, { ...NOBODY, ...range, runs: 3 });
    const opening = stage.agent().open(1);
    await expect(opening).rejects.toMatchObject({
      code: 'keeper-unavailable',
      message: expect.stringMatching(
        /version 0\.0\.1 and speaks protocol \d.*it keeps 3 runs, so start the version/,
      ) as unknown,
    });
    expect(old.asked).not.toContain(LEAVE);
    expect(old.asked).not.toContain(OPEN);
  });

  test('that is understood serves a newer agent until its runs have ended, and is replaced then', async () => {
    await using stage = new KeeperStage();
    const newer = { version: '2.0.0', protocol: { protocol: 2, oldest: 1 } };
    const first = await stage.open(1);
    await first.launcher.spawn(runKey('a'), stage.spec('sleep 60'));
    await first.launcher.close();
    const second = await stage.open(2, newer);
    expect(second.launcher.ownerPid).toBe(first.launcher.ownerPid);
    expect(second.runs.map(({ key }) => key)).toEqual([runKey('a')]);
    await second.launcher.stop(runKey('a'), 'killed', 0);
    await second.exited(runKey('a'));
    using third = await RawAgent.open(`${stage.directory}/k.sock`, 3);
    third.send(FORGET, 0, { keys: [runKey('a')] });
    third.send(PING, 2, null);
    await third.answer(2);
    third.socket.destroy();
    const fourth = await stage.open(4, newer);
    expect(fourth.launcher.ownerPid).not.toBe(first.launcher.ownerPid);
    expect(fourth.runs).toEqual([]);
  });
});
