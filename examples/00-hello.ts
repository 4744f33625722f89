// An agent inside this program, and a client that talks to it.
import { createAgent } from 'corex';
import { connect } from 'corex/client';

await using agent = await createAgent();
await using client = await connect(agent.endpoints[0]);

const job = client.run({ command: 'core.system', arguments: { name: 'echo', args: ['hello'] }, max_time: 60 });
for await (const item of job.messages()) if (item.type === 'message') console.log(item.text);
const result = await job.wait();
console.log(`${result.state}: it ${result.reason} with code ${result.code}`);
