import { expect, test } from 'vitest';
import { readOpenTelemetrySettings } from '../../../src/telemetry/open-telemetry/settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

test('without an endpoint, or disabled, there is nothing to do', () => {
  expect(readOpenTelemetrySettings({ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: ' ' })).toEqual({
    settings: undefined,
    troubles: [],
  });
  expect(readOpenTelemetrySettings({ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }).settings).toBeUndefined();
});

test('one endpoint is for both signals; an own one wins and is taken as it is', () => {
  const { settings } = readOpenTelemetrySettings({
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://other/in',
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=x%3Dy ',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a=2',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '500',
  });
  expect(settings?.traces).toEqual({
    url: 'http://collector:4318/v1/traces',
    headers: { a: '1', b: 'x=y' },
    timeoutMs: 500,
  });
  expect(settings?.metrics).toEqual({ url: 'https://other/in', headers: { a: '2', b: 'x=y' }, timeoutMs: 10_000 });
});

test('a signal can be switched off', () => {
  const { settings, troubles } = readOpenTelemetrySettings({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' });
  expect(settings?.traces).toBeUndefined();
  expect(settings?.metrics?.url).toBe('http://collector:4318/v1/metrics');
  expect(troubles).toEqual([]);
});

test('the name of the service wins over the attributes of the resource', () => {
  const env = { ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,k=v', OTEL_SERVICE_NAME: 'b' };
  expect(readOpenTelemetrySettings(env).settings?.resource).toEqual({ 'service.name': 'b', k: 'v' });
  expect(readOpenTelemetrySettings(ENDPOINT).settings?.resource).toEqual({ 'service.name': 'corex' });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'http/protobuf'],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, '"otlp" and "none" are known'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'it is no URL'],
  [{ OTEL_BSP_SCHEDULE_DELAY: 'soon' }, 'a whole number above 0 is wanted, 5000 is used'],
  [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 'always_on, always_off and traceidratio are known'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, 'a number from 0 to 1 is wanted'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'secret' }, 'Cannot read all of OTEL_EXPORTER_OTLP_HEADERS'],
])('%j is told, with what would be right', (env, told) => {
  const { troubles } = readOpenTelemetrySettings({ ...ENDPOINT, ...env });
  expect(troubles.join('\n')).toContain(told);
  expect(troubles.join('\n')).not.toContain('secret');
});
