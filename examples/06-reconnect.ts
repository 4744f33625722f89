// The connection breaks while a job talks. Nothing is lost, nothing comes twice, and nothing is started twice.
import { start } from './agent.ts';
import { connect } from 'corex/client';
import { connectionBreaker } from './connection-breaker.ts';

await using example = await start();
await using breaker = await connectionBreaker(example.client.url);
await using client = await connect(breaker.url, {
  ...(process.env['COREX_TOKEN'] === undefined ? {} : { token: process.env['COREX_TOKEN'] }),
  reconnect: { firstMs: 10, capMs: 100 },
  onStatus: (status) => console.log(status.type),
});

const script = 'for i in 1 2 3 4 5 6; do echo "line $i"; sleep 0.1; done';
const job = client.run({ command: 'core.system', arguments: { name: 'sh', args: ['-c', script] } });
for await (const item of job.messages()) {
  if (item.type !== 'message') continue;
  console.log(item.text);
  if (item.text === 'line 2' || item.text === 'line 4') breaker.breakAll();
}
const { runs } = await job.wait();
console.log(`${runs} run`);
