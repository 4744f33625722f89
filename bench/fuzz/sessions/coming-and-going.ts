import { connect } from 'node:net';
import { once } from 'node:events';
import { FuzzClient } from '../fuzz-client.ts';
import type { Random } from '../random.ts';
import { target, upgradeRequest } from '../../../test/server/raw-socket.ts';
import type { Session, World } from '../world.ts';

/** Many connections that leave at once: before, in and after the handshake, or with a command on its way. */
export const comingAndGoing: Session = async (world, random) => {
  await Promise.all(random.list(random.between(2, 25), () => visit(world, random)));
};

function visit(world: World, random: Random): Promise<void> {
  return random.weighted<() => Promise<void>>([
    [3, () => cutHandshake(world, random)],
    [3, () => leaveAtOnce(world, random)],
  ])();
}

async function cutHandshake(world: World, random: Random): Promise<void> {
  const request = upgradeRequest('/v1', { authorization: `Bearer ${world.token}` });
  const isTcp = random.chance(0.5);
  const part = request.slice(0, random.below(request.length + 1));
  const socket = connect(target(isTcp ? world.tcpUrl : `unix:${world.socketPath}`));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write(part, () => socket.destroy());
  await closed;
}

async function leaveAtOnce(world: World, random: Random): Promise<void> {
  const [isTcp, isPolite, hasCommand] = [random.chance(0.5), random.chance(0.3), random.chance(0.7)];
  const command = { ...world.commands.job(random), stream: true };
  await using client = await FuzzClient.connect(world, isTcp);
  if (hasCommand) client.command(command);
  await client.leave(isPolite);
}
