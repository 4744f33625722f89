// Three ways to end a job early, and how its result tells them apart.
import { start } from './agent.ts';

await using example = await start();
const { client } = example;

const endless = { command: 'core.system', arguments: { name: 'sleep', args: ['1000'] } };

const killed = client.run(endless);
await killed.kill();

const timedOut = client.run({ ...endless, max_time: 0.2 });

const abort = new AbortController();
const aborted = client.run(endless, { signal: abort.signal });
await aborted.accepted;
abort.abort();

for (const job of [killed, timedOut, aborted]) {
  const { state, reason, exit, cleanup } = await job.result();
  console.log(`${state}, reason ${reason}, ended by ${JSON.stringify(exit)}, nothing is left: ${cleanup}`);
}
