import { createAgent } from 'corex';
import type { Agent, CreateAgentOptions } from 'corex';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobEvent } from '../../src/protocol/frames.ts';
import type { ReadingItem } from '../../src/engine/streams/reading.ts';
import type { AcceptedJob, RefusedJob } from '../../src/engine/submission.ts';
import { tempDir } from './temp-dir.ts';

export interface TestAgent extends AsyncDisposable {
  readonly agent: Agent;
  readonly dataDir: string;
}

/** An agent of this process on a directory of its own: `await using { agent } = await testAgent()`. */
export async function testAgent(options: CreateAgentOptions = {}): Promise<TestAgent> {
  const directory = tempDir();
  const dataDir = options.dataDir ?? directory.at('data');
  const agent = await createAgent({ ...options, dataDir });
  return {
    agent,
    dataDir,
    [Symbol.asyncDispose]: async () => {
      await agent.stop({ deadlineMs: 2000 });
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** A `core.system` command that runs a shell script. */
export function shell(script: string, more: Partial<WireCommand> = {}): WireCommand {
  return { command: 'core.system', arguments: { name: 'sh', args: ['-c', script] }, ...more };
}

/** Follows a job to its end and returns everything it told. Resolves when the job has settled. */
export async function follow(agent: Agent, id: string): Promise<ReadingItem[]> {
  const view = await agent.jobs.view(id);
  const reader = view.read({ from: 'start', as: 'messages' });
  const items: ReadingItem[] = [];
  const never = new AbortController().signal;
  for (;;) {
    const batch = await reader.next(1024 * 1024, never);
    if (batch === undefined) return items;
    items.push(...batch);
  }
}

/** The events among what was told, in order. */
export function eventsOf(items: readonly ReadingItem[]): JobEvent[] {
  return items.flatMap((item) => (item.type === 'event' ? [item.event] : []));
}

/** Submits a job and resolves to its id once it is accepted. Throws when it is refused. */
export async function accept(
  agent: Agent,
  command: WireCommand,
  extras?: Parameters<Agent['submit']>[1],
): Promise<string> {
  const submission = agent.submit(command, extras);
  if (submission.type !== 'job') throw new Error(`Not a job: ${submission.type}`);
  const accepted = await submission.accepted;
  if (accepted.type === 'refused') throw new Error(`Refused: ${accepted.result.error?.message ?? ''}`);
  return submission.id;
}

/** What a submission turned into: accepted, or refused. Throws for a call. */
export async function answerOf(submission: ReturnType<Agent['submit']>): Promise<AcceptedJob | RefusedJob> {
  if (submission.type === 'call') throw new Error('Not a job: a call');
  return submission.type === 'refused' ? { type: 'refused', result: submission.result } : await submission.accepted;
}
