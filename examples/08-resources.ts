// Checks are wished for as resources, and kept; a controller runs each as a job and tells what came of it.
// Run it: node examples/08-resources.ts
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAgent, type Agent } from 'corex';
import { defineResource } from 'corex/state';
import * as z from 'zod';

const Checks = defineResource({
  type: 'Checks.example.corex',
  namespace: 'config', // kept on disk
  columns: [{ name: 'Script', path: 'spec.script' }],
  schema: z.object({ script: z.string() }),
});
const Outcomes = defineResource({
  type: 'Outcomes.example.corex',
  namespace: 'runtime', // made anew by each agent
  schema: z.object({ code: z.number() }),
});

async function start(dataDir: string): Promise<Agent> {
  const agent = await createAgent({ dataDir, resources: { definitions: [Checks, Outcomes] } });
  agent.controllers.registerQueue({
    name: 'Checker',
    inputs: [{ namespace: 'config', type: Checks.type, kind: 'primary' }],
    outputs: [{ type: Outcomes.type, kind: 'exclusive' }],
    concurrency: 2,
    reconcile: async ({ id }, { state }) => {
      const check = await state.find(Checks.pointer(id));
      if (check === undefined) return;
      const { script } = Checks.schema.parse(check.spec);
      const result = await agent.run({ command: 'core.system', arguments: { name: 'sh', args: ['-c', script] } });
      const code = result.code;
      await state.modify(Outcomes.make({ id, spec: { code } }), (draft) => {
        draft.spec.code = code;
      });
    },
  });
  return agent;
}

async function outcome({ state }: Agent, id: string, code: number): Promise<void> {
  const { metadata, spec } = await state.watchFor(Outcomes.pointer(id), {
    matches: (found) => Outcomes.schema.parse(found.spec).code === code,
  });
  console.log(`${metadata.id}: ${JSON.stringify(spec)}`);
}

const dataDir = await mkdtemp(path.join(tmpdir(), 'corex-example-'));
{
  await using agent = await start(dataDir);
  await agent.state.create(Checks.make({ id: 'good', spec: { script: 'exit 0' } }));
  await agent.state.create(Checks.make({ id: 'bad', spec: { script: 'exit 3' } }));
  await outcome(agent, 'good', 0);
  await outcome(agent, 'bad', 1003);
  await agent.state.updateWithConflicts<{ script: string }>(Checks.pointer('bad'), (draft) => {
    draft.spec.script = 'exit 0';
  });
  await outcome(agent, 'bad', 0);
}
console.log('the next agent knows what is wished for');
{
  await using agent = await start(dataDir);
  await outcome(agent, 'good', 0);
  await outcome(agent, 'bad', 0);
}
await rm(dataDir, { recursive: true });
