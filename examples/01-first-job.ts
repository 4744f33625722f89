// Runs a program and waits for its result.
import { isJobFailedError } from 'corex/client';
import { start } from './agent.ts';

await using example = await start();
const { client } = example;

const hello = client.run({ command: 'core.system', arguments: { name: 'echo', args: ['hello'] } });
const result = await hello.wait();
console.log(`${result.state} after ${result.runs} run: ${result.streams[0].trim()}`);

// A job that fails is a result, too. `wait()` throws it, `result()` returns it.
const failing = client.run({ command: 'core.system', arguments: { name: 'sh', args: ['-c', 'exit 3'] } });
try {
  await failing.wait();
} catch (error) {
  if (!isJobFailedError(error)) throw error;
  console.log(`${error.result.state}: code ${error.result.code}, because it ${error.result.reason}`);
}
