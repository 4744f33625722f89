import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { silentMetrics } from '../../src/telemetry/metrics.ts';

describe('silentLogger', () => {
  test('says nothing, and neither do its children', () => {
    expect(silentLogger.child({})).toBe(silentLogger);
    for (const logger of [silentLogger, silentLogger.child({ part: 'x' })]) {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, 'x');
    }
  });
});

describe('silentMetrics', () => {
  test('measures nothing', () => {
    silentMetrics.counter('corex_messages_total', {}).add();
    silentMetrics.counter('corex_messages_total', {}).raiseTo(1);
    silentMetrics.gauge('corex_connections', {}).set(1);
    silentMetrics.histogram('corex_run_duration_seconds', { state: 'ERROR' }).observe(1);
    silentMetrics.replace('corex_jobs', [[{ state: 'queued' }, 1]]);
    const updates: string[] = [];
    silentMetrics.beforeReading(() => updates.push('asked'))[Symbol.dispose]();
    expect(updates).toEqual([]);
  });
});
