import { describe, expect, test } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/telemetry/metric-names.ts';
import { PrometheusMetrics } from '../../src/telemetry/prometheus-metrics.ts';

/** The samples of these metrics, without comments. */
async function samplesOf(metrics: PrometheusMetrics, name: string): Promise<string[]> {
  const text = await metrics.text();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('PrometheusMetrics', () => {
  test('counts', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    metrics.counter('corex_commands_total', { outcome: 'accepted' }).add();
    metrics.counter('corex_commands_total', { outcome: 'accepted' }).add(2);
    metrics.counter('corex_commands_total', { outcome: 'refused' }).add(0);
    expect(await samplesOf(metrics, 'corex_commands_total')).toEqual([
      'corex_commands_total{outcome="accepted"} 3',
      'corex_commands_total{outcome="refused"} 0',
    ]);
  });

  test('takes a total from those who count themselves; it never falls', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    for (const total of [5, 7, 3, 7]) metrics.counter('corex_messages_total', {}).raiseTo(total);
    expect(await samplesOf(metrics, 'corex_messages_total')).toEqual(['corex_messages_total 7']);
  });

  test('shows gauges as they are, and forgets what is replaced', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    metrics.gauge('corex_connections', {}).set(3);
    metrics.replace('corex_jobs', [
      [{ state: 'queued' }, 1],
      [{ state: 'running' }, 2],
    ]);
    metrics.replace('corex_jobs', [[{ state: 'running' }, 4]]);
    expect(await samplesOf(metrics, 'corex_connections')).toEqual(['corex_connections 3']);
    expect(await samplesOf(metrics, 'corex_jobs{')).toEqual(['corex_jobs{state="running"} 4']);
  });

  test('sorts values into ranges', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    metrics.histogram('corex_run_duration_seconds', { state: 'ERROR' }).observe(0.03);
    const samples = await samplesOf(metrics, 'corex_run_duration_seconds');
    expect(samples).toContain('corex_run_duration_seconds_bucket{le="0.01",state="ERROR"} 0');
    expect(samples).toContain('corex_run_duration_seconds_bucket{le="0.05",state="ERROR"} 1');
    expect(samples).toContain('corex_run_duration_seconds_count{state="ERROR"} 1');
  });

  test('asks for what is kept elsewhere only when it is read', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    let asked = 0;
    const subscription = metrics.beforeReading(() => {
      asked += 1;
      metrics.gauge('corex_connections', {}).set(asked);
    });
    expect(asked).toBe(0);
    expect(await samplesOf(metrics, 'corex_connections')).toEqual(['corex_connections 1']);
    subscription[Symbol.dispose]();
    expect(await samplesOf(metrics, 'corex_connections')).toEqual(['corex_connections 1']);
  });

  test('has a registry of its own, and the process in it', async () => {
    const one = new PrometheusMetrics();
    const other = new PrometheusMetrics();
    one.counter('corex_messages_total', {}).add(5);
    expect(await samplesOf(other, 'corex_messages_total')).toEqual(['corex_messages_total 0']);
    const text = await one.text();
    for (const name of ['process_resident_memory_bytes', 'process_open_fds', 'nodejs_eventloop_lag_p99_seconds']) {
      expect(text).toContain(`\n${name} `);
    }
  });

  test('escapes what a label holds', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    metrics.replace('corex_queue_waiting', [[{ queue: 'a"b\\c\nd' }, 1]]);
    expect(await samplesOf(metrics, 'corex_queue_waiting')).toEqual(['corex_queue_waiting{queue="a\\"b\\\\c\\nd"} 1']);
  });
});

describe('the metrics', () => {
  const all = { ...COUNTERS, ...GAUGES, ...HISTOGRAMS };

  test.each(Object.entries(all))('%s is named by the rules', (name, { unit, meaning }) => {
    expect(name).toMatch(/^corex_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(name in COUNTERS);
    if (unit !== 'count') expect(name).toContain(unit);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  });
});
