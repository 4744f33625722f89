import { FuzzClient } from '../fuzz-client.ts';
import type { Random } from '../random.ts';
import { binaryFrame, randomBinaryFrame } from '../stdin-frames.ts';
import type { Session } from '../world.ts';

/** Jobs that read, fed through handles: in order, out of order, doubled, too much, ended twice. */
export const standardInput: Session = async (world, random) => {
  await using client = await FuzzClient.connect(world, random.chance(0.5));
  const handles = [];
  for (let count = random.between(1, 40); count > 0 && client.isOpen; count -= 1) {
    const id = world.names.id(random);
    const args = { name: 'cat', open_stdin: true };
    client.command({ command: 'core.system', id, arguments: args, max_time: 2, kill_grace: 0.1, stream: true });
    const answer = await client.ask({ command: 'job.stdin', arguments: { id } });
    if (answer?.state === 'SUCCESS') handles.push((JSON.parse(answer.data) as { handle: number }).handle);
  }
  for (const handle of handles) {
    if (!client.isOpen) break;
    feed(client, handle, random);
    if (random.chance(0.2)) await client.ask({ command: 'core.ping' });
  }
  if (random.chance(0.7)) await client.answers();
  await client.leave(random.chance(0.5));
};

function feed(client: FuzzClient, handle: number, random: Random): void {
  let position = 0n;
  for (let count = random.between(1, 20); count > 0; count -= 1) {
    const payload = random.chance(0.1) ? Buffer.alloc(random.below(400_000), 'z\n') : random.bytes(random.below(50));
    random.weighted<() => void>([
      [10, () => client.binary(binaryFrame(0, handle, position, payload))],
      [1, () => client.binary(binaryFrame(0, handle, position + 1n, payload))],
      [1, () => client.binary(binaryFrame(0, handle, 0n, payload))],
      [1, () => client.binary(binaryFrame(0, handle, position, Buffer.alloc(0)))],
      [1, () => client.binary(randomBinaryFrame(random))],
    ])();
    position += BigInt(payload.length);
  }
}
