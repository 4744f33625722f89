// Reads what a job says while it runs: lines with their levels, then the bytes as they were.
import { start } from './agent.ts';

await using example = await start();
const { client } = example;

const script = 'echo plain; echo trouble >&2; echo "4::for the operator"; echo \'20::{"answer":42}\'';
const job = client.run({ command: 'core.system', arguments: { name: 'sh', args: ['-c', script] } });

for await (const item of job.messages()) {
  if (item.type === 'message') console.log(`level ${item.level}: ${item.text}`);
  else if (item.type === 'event') console.log(`event: ${item.event.event}`);
}

// The output is kept after the end, and can be read again from any position.
let bytes = 0;
for await (const item of client.job(job.id).output()) if (item.type === 'bytes') bytes += item.bytes.length;
const { data } = await job.wait();
console.log(`${bytes} bytes, data ${data}`);
