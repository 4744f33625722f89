import { mkdirSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startAgent } from '../../src/agent/agent.ts';
import type { Agent } from '../../src/agent/agent-api.ts';
import { defaultConfig } from '../../src/agent/config.ts';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { silentLogger, type Logger } from '../../src/telemetry/logger.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { shell } from '../harness/test-agent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';

/** An agent whose environment names a collector. It may be stopped before the test is over: then all is handed over. */
async function tracedAgent(env: Record<string, string>, logger: Logger = silentLogger): Promise<Agent> {
  const directory = tempDir();
  const dataDir = directory.at('data');
  mkdirSync(dataDir, { mode: 0o700 });
  const standard = defaultConfig(dataDir, directory.at('run'));
  const agent = await startAgent({
    config: {
      ...standard,
      agent: { ...standard.agent, listen: [`unix:${directory.at('a.sock')}`], launcher: 'in-process' },
    },
    logger,
    environment: { PATH: process.env['PATH'], ...env },
  });
  onTestFinished(async () => {
    await agent.stop({ deadlineMs: 2000 });
    await directory[Symbol.asyncDispose]();
  });
  return agent;
}

async function collector(): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.open();
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return receiver;
}

const runIn = (agent: Agent, command: WireCommand): Promise<JobResult> => agent.run(command);

describe('traces', () => {
  test('a job is one trace from its acceptance to its result, as its caller began it, and its processes go on with it', async () => {
    const receiver = await collector();
    const agent = await tracedAgent({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc,x-tenant=7',
      OTEL_SERVICE_NAME: 'builder',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test,host.name=a%20b',
      OTEL_METRICS_EXPORTER: 'none',
    });
    const runs = tempDir();
    onTestFinished(() => runs[Symbol.asyncDispose]());
    const script = `echo $TRACEPARENT; mkdir '${runs.at('first')}' && exit 3; exit 0`;
    const result = await runIn(agent, {
      ...shell(script, {
        id: 'build',
        tags: ['nightly'],
        queue: 'q',
      }),
      max_restart: 1,
      restart_delay: 0.01,
      trace: `00-${TRACE}-${CALLER}-01`,
    });
    await agent.stop({ deadlineMs: 2000 });

    const [root] = receiver.spansOf('core.system');
    expect(root).toMatchObject({ traceId: TRACE, parentSpanId: CALLER, kind: 2, status: 0 });
    expect(root?.attributes).toMatchObject({
      'corex.job.id': 'build',
      'corex.queue': 'q',
      'corex.tags': ['nightly'],
      'corex.state': 'SUCCESS',
      'corex.runs': 2,
    });
    const below = receiver.spans.filter((span) => span !== root);
    expect(below.map(({ name }) => name).sort()).toEqual([
      'accept',
      'backoff',
      'queue',
      'queue',
      'run',
      'run',
      'start',
      'start',
      'store',
      'store',
    ]);
    for (const span of below) {
      expect(span).toMatchObject({ traceId: TRACE, parentSpanId: root?.spanId, kind: 1 });
      expect(span.start >= (root?.start ?? 0n) && span.end <= (root?.end ?? 0n) && span.start <= span.end).toBe(true);
    }
    expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(receiver.spans.length);
    const [first, second] = receiver.spansOf('run');
    expect(first).toMatchObject({ status: 2, attributes: { 'corex.run': 1, 'corex.code': 1003 } });
    expect(second).toMatchObject({ status: 0, attributes: { 'corex.run': 2, 'corex.code': 0 } });
    expect(result.streams[0].trim()).toBe(`00-${TRACE}-${second?.spanId}-01`);
    const [request] = receiver.requests;
    expect(request).toMatchObject({ path: '/v1/traces', headers: { authorization: 'Bearer abc', 'x-tenant': '7' } });
    expect(request?.resource).toMatchObject({
      'service.name': 'builder',
      'deployment.environment': 'test',
      'host.name': 'a b',
      'service.instance.id': agent.name,
    });
  });

  test('calls and refused commands are traces, too', async () => {
    const receiver = await collector();
    const agent = await tracedAgent({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` });
    await runIn(agent, { command: 'core.ping' });
    await runIn(agent, { command: 'no.such', id: 'x' });
    await runIn(agent, { command: 'core.system', arguments: { name: '/no/such' } });
    await agent.stop({ deadlineMs: 2000 });
    expect(receiver.spansOf('core.ping')).toMatchObject([
      { status: 0, parentSpanId: '', attributes: { 'corex.code': 0 } },
    ]);
    expect(receiver.spansOf('no.such')).toMatchObject([{ status: 2, attributes: { 'corex.code': 404 } }]);
    expect(receiver.spansOf('core.system')).toMatchObject([
      { status: 2, attributes: { 'corex.reason': 'spawn-failed' } },
    ]);
    const traces = receiver.spans.map(({ traceId }) => traceId);
    expect(new Set(traces).size).toBe(3);
    expect(receiver.metrics).toEqual([]);
  });

  test('a caller that does not record its trace is followed in that, and its context is handed on', async () => {
    const receiver = await collector();
    const agent = await tracedAgent({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_METRICS_EXPORTER: 'none' });
    const trace = `00-${TRACE}-${CALLER}-00`;
    const result = await runIn(agent, { ...shell('echo $TRACEPARENT'), trace });
    await agent.stop({ deadlineMs: 2000 });
    expect(result.streams[0].trim()).toBe(trace);
    expect(receiver.spans).toEqual([]);
  });
});

test('metrics are those of /metrics', async () => {
  const receiver = await collector();
  const agent = await tracedAgent({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_EXPORTER: 'none' });
  await runIn(agent, shell('echo "10::load:1.5|A|host=a"', { id: 'one' }));
  await agent.stop({ deadlineMs: 2000 });
  const metric = (name: string) => receiver.metrics.find((found) => found.name === name);
  expect(metric('corex_commands_total')).toMatchObject({ type: 'sum', unit: '1' });
  expect(metric('corex_commands_total')?.points).toContainEqual({ attributes: { outcome: 'accepted' }, value: 1 });
  expect(metric('corex_run_duration_seconds')).toMatchObject({
    type: 'histogram',
    unit: 's',
    points: [{ attributes: { state: 'SUCCESS' }, value: 1 }],
  });
  expect(metric('corex_reported_average')?.points).toContainEqual({
    attributes: { key: 'load', id: 'one', operation: 'A', window: '300', tag_host: 'a' },
    value: 1.5,
  });
  expect(metric('process_resident_memory_bytes')).toMatchObject({ type: 'gauge', unit: 'By' });
  expect(receiver.spans).toEqual([]);
});

test('a collector that is not there costs jobs nothing, is told once, and does not keep the agent from ending', async () => {
  const told: string[] = [];
  const note = (_facts: object, message: string): number => told.push(message);
  const logger: Logger = { ...silentLogger, warn: note, error: note, child: () => logger };
  const agent = await tracedAgent(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_BSP_MAX_QUEUE_SIZE: '4',
    },
    logger,
  );
  const results = await Promise.all(Array.from({ length: 5 }, () => runIn(agent, shell('true'))));
  expect(results.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'SUCCESS'));
  await agent.stop({ deadlineMs: 2000 });
  expect(told.filter((message) => message.includes('collector'))).toHaveLength(1);
});

test('what can not be done as asked is told, and the agent starts without it', async () => {
  const told: object[] = [];
  const logger: Logger = { ...silentLogger, error: (facts) => told.push(facts), child: () => logger };
  const agent = await tracedAgent(
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    logger,
  );
  expect(await runIn(agent, { command: 'core.ping' })).toMatchObject({ state: 'SUCCESS' });
  expect(told).toEqual([
    { trouble: expect.stringContaining('only "http/protobuf" is known') as string },
    { trouble: expect.stringContaining('only "http/protobuf" is known') as string },
  ]);
});
