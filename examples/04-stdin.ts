// Writes to a job's standard input and reads what it makes of it.
import { start } from './agent.ts';

await using example = await start();
const { client } = example;

const job = client.run({ command: 'core.system', arguments: { name: 'sort', open_stdin: true } });
for (const word of ['pear', 'apple', 'fig']) {
  // Resolves when it was sent: a writer that awaits it is never more than 1 MiB ahead of the job.
  await job.write(`${word}\n`);
}
await job.end();

for await (const item of job.messages()) if (item.type === 'message') console.log(item.text);
