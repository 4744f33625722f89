// Jobs that share a queue run one after the other; a higher priority goes first.
import { start } from './agent.ts';

await using example = await start();
const { client } = example;

await client.queues.set('disk', { width: 1 });
await client.queues.pause('disk');
const order: string[] = [];
const jobs = ['first', 'second', 'urgent'].map((id) => {
  const args = { name: 'sh', args: ['-c', 'sleep 0.05'] };
  return client.run({ command: 'core.system', id, arguments: args, queue: 'disk', priority: id === 'urgent' ? 10 : 0 });
});
const done = jobs.map(async (job) => {
  await job.wait();
  order.push(job.id);
});
await Promise.all(jobs.map((job) => job.accepted));
const [disk] = (await client.queues.list()).filter(({ name }) => name === 'disk');
console.log(`waiting: ${disk?.jobs.join(', ') ?? ''}`);

await client.queues.resume('disk');
await Promise.all(done);
console.log(`ran: ${order.join(', ')}`);
