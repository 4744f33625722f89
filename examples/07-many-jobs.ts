// A hundred jobs at once, sixteen at a time, with one restart for those that fail, and what became of them.
import { start } from './agent.ts';

await using example = await start();
const { client } = example;

await client.queues.set('batch', { width: 16 });
const jobs = Array.from({ length: 100 }, (_, at) =>
  client.run({
    command: 'core.system',
    arguments: { name: 'sh', args: ['-c', `test $((${at} % 25)) -ne 0`] },
    queue: 'batch',
    tags: ['batch'],
    max_restart: 1,
    restart_delay: 0.05,
  }),
);
const results = await Promise.all(jobs.map((job) => job.result()));
const failed = results.filter(({ state }) => state !== 'SUCCESS');
console.log(
  `${results.length - failed.length} went well, ${failed.length} failed after ${failed[0]?.runs ?? 0} runs each`,
);

const page = await client.jobs.history({ tags: ['batch'], states: ['ERROR'] });
console.log(`the history has ${page.jobs.length} of the failed ones`);
