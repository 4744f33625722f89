import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { JobResult } from '../../src/protocol/result.ts';
import { type AgentProcess, startAgentProcess } from '../harness/agent-process.ts';
import { type TempDir, tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';

const SECRET = 'correct horse/battery+staple';

/** An agent with one secret in a file, `PASS`. */
async function agentWithSecret(): Promise<{ agent: AgentProcess; directory: TempDir; secret: string; args: string[] }> {
  const directory = tempDir();
  const secret = directory.at('PASS');
  writeFileSync(secret, `${SECRET}\n`, { mode: 0o600 });
  const config = directory.at('corex.toml');
  writeFileSync(config, '[secrets]\ndirectory = "."\n[log]\nlevel = "debug"\nfile = "agent.log"\n', { mode: 0o600 });
  const args = ['--config', config];
  const agent = await startAgentProcess(directory.at('data'), args);
  onTestFinished(async () => {
    await agent[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  return { agent, directory, secret, args };
}

async function resultOf(agent: AgentProcess, args: object, more: object = {}): Promise<JobResult> {
  return (await agent.ask('result', { command: 'core.system', arguments: args, ...more })) as unknown as JobResult;
}

/** Files of the data directory that hold a text as it is, in base64 or in a URL. */
function filesWith(directory: string): string[] {
  const forms = [SECRET, Buffer.from(SECRET).toString('base64').slice(0, -2), encodeURIComponent(SECRET)];
  const names = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return files.filter((file) => forms.some((form) => readFileSync(file, 'latin1').includes(form)));
}

describe('a secret', () => {
  test('reaches arguments, variables and standard input, and is read nowhere else', async () => {
    const { agent } = await agentWithSecret();
    const script = `
      [ "$1" = "${SECRET.replace('horse', 'h""orse')}" ] && [ "$2" = "u:$1@h" ] && [ "$PASS" = "$1" ] && [ "$(cat)" = "$1." ] || exit 9
      echo "whole: $1"; printf 'halves: correct h'; sleep 0.1; printf 'orse/battery+staple\\n'
      printf %s "$1" | base64; echo "30:::"; echo "{\\"pass\\": \\"$1\\"}"; echo ":::"
      i=0; while [ $i -lt 3000 ]; do echo "$i $1 and much more"; i=$((i + 1)); done
      echo "$PASS" >&2`;
    const result = await resultOf(agent, {
      name: 'sh',
      args: ['-c', 'eval "$SCRIPT"', 'sh', 'secret:PASS', 'u:{secret:PASS}@h'],
      env: { PASS: 'secret:PASS', SCRIPT: script },
      stdin: '{secret:PASS}.',
    });
    expect(result).toMatchObject({ state: 'SUCCESS', code: 0 });
    expect(result.streams[1]).toContain('[redacted]');
    expect(JSON.stringify(result)).not.toContain('battery');
    const told = JSON.stringify(
      await Promise.all([agent.call('job.get', { id: result.id }), agent.call('job.history', {})]),
    );
    expect(told).toContain('secret:PASS');
    expect(told).not.toContain('battery');
    await agent.kill('SIGTERM');
    expect(filesWith(agent.dataDir)).toEqual([]);
    expect(readFileSync(path.join(agent.dataDir, 'agent.log'), 'utf8')).toContain('takes commands');
  });

  test('may be shown where the job chooses so', async () => {
    const { agent } = await agentWithSecret();
    const shown = await resultOf(agent, { name: 'echo', args: ['{secret:PASS}'], redact: false });
    expect(shown.streams[0]).toBe(`${SECRET}\n`);
    const plain = await resultOf(agent, { name: 'echo', args: ['secret:PASS {secret:PASS}'], secrets: [] });
    expect(plain.streams[0]).toBe('secret:PASS {secret:PASS}\n');
  });

  test('that is missing fails the start, which is not tried again', async () => {
    const { agent, directory } = await agentWithSecret();
    const missing = await resultOf(agent, { name: 'true', args: ['secret:NONE'] }, { max_restart: 5 });
    expect(missing).toMatchObject({
      reason: 'spawn-failed',
      code: 424,
      runs: 1,
      error: {
        code: 'no-secret',
        message: `Cannot find the secret "NONE": it is not in the directory "${directory.path}"`,
      },
    });
    const malformed = await resultOf(agent, { name: 'true', args: ['secret:../token'] });
    expect(malformed).toMatchObject({ refused: true, error: { code: 'bad-arguments' } });
  });

  test('is read anew for each run, also by an agent that comes later, and counts for the content by its name', async () => {
    const { agent, directory, secret, args } = await agentWithSecret();
    const command = {
      command: 'core.system',
      id: 'again',
      max_restart: 1,
      restart_delay: 3,
      arguments: { name: 'sh', args: ['-c', '[ "$1" = new ]', 'sh', 'secret:PASS'] },
    };
    await agent.submit(command);
    await until('its first run has failed', async () => (await agent.job('again')).state === 'waiting');
    writeFileSync(secret, 'new');
    await agent.kill('SIGKILL');
    rmSync(path.join(agent.dataDir, 'endpoints'));
    const next = await startAgentProcess(directory.at('data'), args);
    onTestFinished(() => next[Symbol.asyncDispose]());
    // The same id with the same references is the same job.
    expect(await next.ask('result', command)).toMatchObject({ state: 'SUCCESS', runs: 2 });
  });
});
