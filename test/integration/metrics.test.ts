import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createAgent } from '../../src/agent/create-agent.ts';
import { createLogger } from '../../src/telemetry/pino-logger.ts';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/telemetry/metric-names.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { WireClient } from '../server/wire-client.ts';

const NAMESPACES = { namespace: 'meta', type: 'Namespaces.meta.cosi.dev', kind: 'primary' } as const;

describe('/metrics of a running agent', () => {
  test('counts what was done, and has a sample of every metric', async () => {
    await using directory = tempDir();
    await using agent = await createAgent({
      dataDir: directory.at('data'),
      listen: ['ws://127.0.0.1:0'],
      queues: { disk: {} },
      resources: {
        queueControllers: [{ name: 'Looker', inputs: [NAMESPACES], outputs: [], reconcile: async () => {} }],
      },
    });
    const [url = ''] = agent.endpoints;
    const token = readFileSync(directory.at('data', 'token'), 'utf8').trim();
    const headers = { Authorization: `Bearer ${token}` };
    await using client = await WireClient.open(url, { headers });
    await client.call('core.ping');
    await client.call('core.nothing');
    for (const script of ['printf hello', 'exit 3']) {
      await client.call('core.system', { name: 'sh', args: ['-c', script] }, { id: script.replace(' ', '-') });
    }
    await client.call('core.system', { name: '/nowhere' }, { id: 'gone' });
    client.send({ command: 'core.system', id: 'held', queue: 'disk', arguments: { name: 'sleep', args: ['60'] } });
    await client.next((frame) => frame.type === 'accepted' && frame['id'] === 'held');
    await client.call('job.subscribe', { id: 'held' });
    await until('it runs', () => agent.jobs.list({ states: ['running'] }).length === 1);

    const response = await fetch(`${url.replace('ws:', 'http:')}/metrics`, { headers });
    const text = await response.text();
    const samples = new Map(
      text.split('\n').map((line): [string, number] => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]),
    );
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(Object.fromEntries(samples)).toMatchObject({
      'corex_commands_total{outcome="accepted"}': 4,
      'corex_commands_total{outcome="called"}': 2,
      'corex_commands_total{outcome="refused"}': 1,
      'corex_jobs{state="running"}': 1,
      'corex_jobs_settled_total{reason="exited"}': 2,
      'corex_jobs_settled_total{reason="spawn-failed"}': 1,
      corex_runs_started_total: 3,
      corex_spawn_failures_total: 1,
      corex_output_bytes_total: 5,
      corex_messages_total: 1,
      'corex_run_duration_seconds_count{state="SUCCESS"}': 1,
      'corex_queue_active{queue="disk"}': 1,
      'corex_queue_waiting{queue="disk"}': 0,
      corex_connections: 1,
      corex_subscriptions: 1,
      'corex_frames_in_total{kind="text"}': 7,
      corex_store_failures_total: 0,
      'corex_resources{namespace="meta",type="Namespaces.meta.cosi.dev"}': 4,
      'corex_controller_reconciled_total{controller="Looker"}': 4,
      'corex_controller_queue_length{controller="Looker"}': 0,
    });
    expect(samples.get('corex_frames_out_total{kind="text"}')).toBeGreaterThan(7);
    expect(samples.get('corex_store_write_groups_total')).toBeGreaterThan(3);
    expect(samples.get('corex_store_write_seconds_total')).toBeGreaterThan(0);
    const names = [...samples.keys()].map((sample) => sample.replace(/[{ ].*/, '').replace(/_(bucket|sum|count)$/, ''));
    // Of a job by itself is told only when that is configured.
    const all = Object.keys({ ...COUNTERS, ...GAUGES, ...HISTOGRAMS }).filter((name) => !name.startsWith('corex_job_'));
    expect(all.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('the log of a running agent', () => {
  test('never holds its token', async () => {
    await using directory = tempDir();
    const path = directory.at('log');
    const logger = createLogger({ level: 'debug', file: { path, maxBytes: 1e9, keep: 0 } });
    const agent = await createAgent({ dataDir: directory.at('data'), logger });
    const token = readFileSync(directory.at('data', 'token'), 'utf8').trim();
    logger.info({ text: `the token is ${token}` }, token);
    await agent.stop();
    await logger[Symbol.asyncDispose]();
    const log = readFileSync(path, 'utf8');
    expect(log).toContain('The agent takes commands');
    expect(log).toContain('the token is [redacted]');
    expect(log).not.toContain(token);
  });
});
