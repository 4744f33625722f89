import { FuzzClient } from '../fuzz-client.ts';
import type { Session } from '../world.ts';

/** Subscriptions to jobs that come and go, ended in any order, with kills in between. */
export const subscriptions: Session = async (world, random) => {
  const { commands, names } = world;
  await using client = await FuzzClient.connect(world, random.chance(0.5));
  for (let count = random.between(10, 200); count > 0 && client.isOpen; count -= 1) {
    const id = names.id(random);
    random.weighted<() => void>([
      [6, () => client.command(commands.call(random, random.pick(['job.subscribe', 'core.subscribe'])))],
      [3, () => client.command({ command: 'job.unsubscribe', arguments: { handle: random.between(1, 60) } })],
      [3, () => client.command(commands.job(random))],
      [2, () => client.command({ command: 'job.kill', arguments: { id } })],
      [1, () => client.command(commands.call(random, 'job.kill'))],
      [1, () => client.command({ command: 'job.wait', arguments: { id, timeout: 0.5 } })],
    ])();
    if (random.chance(0.1)) await client.ask({ command: 'core.ping' });
  }
  // Now and then nothing is read for a while.
  if (random.chance(0.2)) {
    client.stopReading();
    await new Promise((resolve) => setTimeout(resolve, random.below(500)));
    client.socket.resume();
  }
  if (random.chance(0.6)) await client.answers();
  await client.leave(random.chance(0.5));
};
