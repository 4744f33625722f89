import { FuzzClient } from '../fuzz-client.ts';
import { damageObject, damageText } from '../damage.ts';
import { junkFrame } from '../junk.ts';
import type { Random } from '../random.ts';
import { randomBinaryFrame } from '../stdin-frames.ts';
import type { Session, World } from '../world.ts';

/** Good, damaged, doubled and senseless frames, one after the other, over one connection. */
export const conversation: Session = async (world, random) => {
  await using client = await FuzzClient.connect(world, random.chance(0.5));
  const length = random.between(5, 150);
  for (let count = 0; count < length && client.isOpen; count += 1) {
    say(client, world, random);
    if (random.chance(0.1)) await turn(client);
  }
  if (random.chance(0.7)) await client.answers();
  await client.leave(random.chance(0.5));
};

function say(client: FuzzClient, { commands }: World, random: Random): void {
  const made = random.chance(0.5) ? commands.job(random) : commands.call(random);
  random.weighted<() => void>([
    [50, () => client.command(made)],
    [20, () => client.command(damageObject(random, made) as object)],
    [8, () => client.text(damageText(random, JSON.stringify(made)))],
    [6, () => client.text(junkFrame(random))],
    [8, () => client.binary(randomBinaryFrame(random))],
    [5, () => repeat(client, made, random)],
  ])();
}

/** The same command again and again: attached to, or refused when something else has its id. */
function repeat(client: FuzzClient, command: object, random: Random): void {
  for (let times = random.between(2, 6); times > 0; times -= 1) {
    client.command(random.chance(0.8) ? command : { ...command, tags: ['other'] });
  }
}

/** Lets go of the loop, longer when the agent is behind with reading. */
async function turn(client: FuzzClient): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, 1));
  while (client.isOpen && client.socket.bufferedAmount > 1024 * 1024);
}
