import { FuzzClient } from '../fuzz-client.ts';
import type { Session } from '../world.ts';

/** Thousands of commands at once; some whose answers are large, and nobody reads them. */
export const flood: Session = async (world, random) => {
  await using client = await FuzzClient.connect(world, random.chance(0.5));
  const isReading = random.chance(0.5);
  if (!isReading) client.stopReading();
  const command = random.pick(['core.ping', 'command.list', 'job.list', 'core.state', 'job.history']);
  const total = random.between(500, 4000);
  for (let count = 0; count < total && client.isOpen; count += 1) {
    client.text(`{"command":"${command}"}`);
    if (count % 500 === 499) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (!isReading) {
    await new Promise((resolve) => setTimeout(resolve, random.below(1500)));
    if (random.chance(0.5)) client.socket.resume();
  }
  if (isReading) await client.answers();
  await client.leave(isReading && random.chance(0.5));
};
