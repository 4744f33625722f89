import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { defaultConfig, loadConfig, type Config, type ConfigSources } from '../../src/agent/config.ts';
import { isConfigError } from '../../src/agent/config-error.ts';
import { tempDir } from '../harness/temp-dir.ts';

const USER: ConfigSources = { environment: { HOME: '/home/ann' }, uid: 1000, cwd: '/srv' };

/** The configuration a file alone gives. */
async function ofFile(toml: string, sources: ConfigSources = USER): Promise<Config> {
  await using directory = tempDir();
  const file = directory.at('corex.toml');
  writeFileSync(file, toml);
  return loadConfig({ ...sources, file });
}

function ofVariables(variables: Record<string, string>): Config {
  return loadConfig({ ...USER, environment: { ...USER.environment, ...variables } });
}

/** The message of the refusal. The file's path is called FILE. */
async function refusalOf(load: () => Config | Promise<Config>): Promise<string> {
  try {
    await load();
  } catch (error) {
    if (!isConfigError(error)) throw error;
    expect(error.exitCode).toBe(78);
    return error.message.replaceAll(/\/[^\s"()]*corex\.toml/g, 'FILE');
  }
  throw new Error('It was not refused');
}

describe('loadConfig()', () => {
  test('has defaults for everything', () => {
    expect(loadConfig(USER)).toEqual({
      agent: {
        name: hostname(),
        dataDir: '/home/ann/.local/state/corex',
        runtimeDir: '/tmp/corex-1000',
        launcher: 'keeper',
        listen: ['unix:/tmp/corex-1000/agent.sock', 'ws://127.0.0.1:7411'],
        unprivileged: false,
      },
      jobs: { max: 100_000, running: 10_000 },
      queues: {},
      history: { ttlMs: 86_400_000, maxJobs: 100_000 },
      output: {
        jobBytes: 64 * 1024 ** 2,
        agentBytes: 4 * 1024 ** 3,
        memoryBytes: 32 * 1024 ** 2,
        drainMs: 300,
      },
      store: { durability: 'process' },
      kill: { graceMs: 10_000, cgroup: 'auto' },
      log: { level: 'info', file: undefined, maxBytes: 16 * 1024 ** 2, files: 3 },
      server: {
        origins: [],
        hosts: [],
        tls: undefined,
        limits: { sessions: 1000, connections: 1064, connectionsPerAddress: 64 },
      },
      extensions: { directories: [], shipped: true, manifests: {}, plugins: {}, directory: '/srv' },
      state: { history: 1_000, historyAgeMs: 604_800_000, keys: [] },
      statistics: { settled: 1000, jobMetrics: 0, series: 10_000, seriesMetrics: 1000 },
      cosi: { listen: [], tls: undefined },
      containers: {
        runtime: undefined,
        mounts: [],
        mayShareNetwork: false,
        mayShareUsers: false,
        userNamespaces: 'auto',
        networks: [{ name: 'bridge', subnet: '10.120.0.0/24', internal: false }],
        limits: { memory_mb: 512, cpu_mhz: expect.any(Number), pids: 1024 },
      },
      images: {
        sources: ['registry', 'oci', 'oci-archive', 'docker-archive', 'tar', 'directory'],
        allow: ['**'],
        insecure: [],
        authFile: undefined,
        signaturePolicy: undefined,
        limits: { bytes: 8 * 1024 ** 3, entries: 500_000, minFree: 1024 ** 3 },
      },
      secrets: { directory: undefined, env: {} },
      filesystem: { roots: [], isReadOnly: false, handles: 1024, handlesPerConnection: 128, idleMs: 300_000 },
      startup: { entries: [], problems: [] },
    });
  });

  test('reads every section of a file, in seconds and sizes', async () => {
    const config = await ofFile(`
      [agent]
      name = "build-3"
      data_dir = "/data"
      listen = ["ws://127.0.0.1:0", "wss://0.0.0.0:443"]
      [jobs]
      max = 5
      running = 2
      [queues.disk]
      width = 2
      limit = 10
      rate = "10/s"
      burst = 20
      [queues."a b"]
      paused = true
      [history]
      ttl = 1.5
      max_jobs = 0
      [output]
      job_bytes = "1.5 MiB"
      agent_bytes = 2097152
      memory_bytes = 0
      drain = 0
      [store]
      durability = "power"
      [kill]
      grace = 0.25
      [log]
      level = "debug"
      file = "agent.log"
      max_bytes = "64KiB"
      files = 0
      [server]
      origins = ["https://example.com"]
      hosts = ["build-3.example.com"]
      tls_cert = "/tls/cert.pem"
      tls_key = "/tls/key.pem"
      tls_client_ca = "/tls/ca.pem"
      max_connections = 10
      max_connections_per_address = 3
      [cosi]
      listen = ["unix:/run/cosi.sock", "tls://[::1]:7412"]
      tls_key = "/tls/cosi.pem"
    `);
    expect(config).toMatchObject({
      agent: { name: 'build-3', dataDir: '/data', listen: ['ws://127.0.0.1:0', 'wss://0.0.0.0:443'] },
      jobs: { max: 5, running: 2 },
      queues: {
        disk: { width: 2, limit: 10, rate: { starts: 10, perMs: 1000 }, burst: 20, paused: false },
        'a b': { width: 1, limit: undefined, rate: undefined, burst: 1, paused: true },
      },
      history: { ttlMs: 1500, maxJobs: 0 },
      output: { jobBytes: 1_572_864, agentBytes: 2_097_152, memoryBytes: 0, drainMs: 0 },
      store: { durability: 'power' },
      kill: { graceMs: 250 },
      log: { level: 'debug', file: '/data/agent.log', maxBytes: 65_536, files: 0 },
      server: {
        origins: ['https://example.com'],
        hosts: ['build-3.example.com'],
        tls: { certFile: '/tls/cert.pem', keyFile: '/tls/key.pem', clientCaFile: '/tls/ca.pem' },
        limits: { sessions: 10, connections: 74, connectionsPerAddress: 3 },
      },
      cosi: {
        listen: ['unix:/run/cosi.sock', 'tls://[::1]:7412'],
        tls: { certFile: '/tls/cert.pem', keyFile: '/tls/cosi.pem', clientCaFile: '/tls/ca.pem' },
      },
      extensions: { directories: [], shipped: true, manifests: {}, plugins: {}, directory: '/srv' },
    });
  });

  test('lets a variable win over the file and a flag over both, key by key', async () => {
    const sources: ConfigSources = {
      ...USER,
      environment: { ...USER.environment, COREX_JOBS_MAX: '20', COREX_JOBS_RUNNING: '21' },
      flags: [{ key: 'jobs.running', value: '31', label: '--running' }],
    };
    const config = await ofFile('[jobs]\nmax = 10\nrunning = 11\n[history]\nmax_jobs = 12', sources);
    expect(config.jobs).toEqual({ max: 20, running: 31 });
    expect(config.history.maxJobs).toBe(12);
  });

  test('reads variables of every type; an empty one is absent', () => {
    const config = ofVariables({
      COREX_NAME: '42',
      COREX_DATA_DIR: 'data',
      COREX_LISTEN: 'ws://127.0.0.1:1, unix:a.sock',
      COREX_OUTPUT_JOB_BYTES: '1048576',
      COREX_OUTPUT_AGENT_BYTES: '1 GiB',
      COREX_KILL_GRACE: '0.5',
      COREX_LOG_LEVEL: '',
    });
    expect(config).toMatchObject({
      agent: { name: '42', dataDir: '/srv/data', listen: ['ws://127.0.0.1:1', 'unix:/srv/a.sock'] },
      output: { jobBytes: 1_048_576, agentBytes: 1024 ** 3 },
      kill: { graceMs: 500 },
      log: { level: 'info' },
    });
  });

  test('leaves variables alone that are not of a section: other programs name theirs', () => {
    const variables = {
      COREX_URL: 'x',
      COREX_TOKEN: 'x',
      COREX_SERVICE_HOST: '10.0.0.1',
      COREX_PORT: 'tcp://x',
      COREX_JOB_ID: 'x',
    };
    expect(ofVariables(variables)).toEqual(loadConfig(USER));
  });

  test('takes a list from a flag that may be repeated', () => {
    const flags = [{ key: 'agent.listen', value: ['unix:/a', 'ws://[::1]:0'], label: '--listen' }];
    expect(loadConfig({ ...USER, flags }).agent.listen).toEqual(['unix:/a', 'ws://[::1]:0']);
  });

  test('takes paths in a file as relative to the file', async () => {
    await using directory = tempDir();
    writeFileSync(directory.at('corex.toml'), '[agent]\ndata_dir = "d"\nlisten = ["unix:s"]');
    const { agent } = loadConfig({ ...USER, file: directory.at('corex.toml') });
    expect(agent).toMatchObject({ dataDir: directory.at('d'), listen: [`unix:${directory.at('s')}`] });
  });

  test('finds the file by flag, by COREX_CONFIG, or at its default place', async () => {
    await using directory = tempDir();
    const named = (name: string): string => `[agent]\nname = "${name}"\n`;
    writeFileSync(directory.at('flag.toml'), named('flag'));
    writeFileSync(directory.at('variable.toml'), named('variable'));
    mkdirSync(directory.at('corex'));
    writeFileSync(directory.at('corex', 'corex.toml'), named('default'));
    const environment = { HOME: '/home/ann', XDG_CONFIG_HOME: directory.path };
    const withVariable = { ...environment, COREX_CONFIG: directory.at('variable.toml') };
    expect(loadConfig({ ...USER, environment }).agent.name).toBe('default');
    expect(loadConfig({ ...USER, environment: withVariable }).agent.name).toBe('variable');
    const file = directory.at('flag.toml');
    expect(loadConfig({ ...USER, environment: withVariable, file }).agent.name).toBe('flag');
  });

  test('gives what nobody can change', () => {
    const config = loadConfig(USER);
    expect(Object.isFrozen(config) && Object.isFrozen(config.agent.listen) && Object.isFrozen(config.queues)).toBe(
      true,
    );
  });
});

describe('loadConfig() refuses', () => {
  test.each([
    ['[jobs]\nmax = "many"', '"jobs.max" (FILE) is "many", expected number, received string'],
    ['[jobs]\nmax = 0', '"jobs.max" (FILE) is 0, expected number to be >=1'],
    ['[jobs]\nmax = 1.5', '"jobs.max" (FILE) is 1.5, expected int, received number'],
    ['[jobs]\nrunnin = 1', '"jobs.runnin" (FILE) is unknown, did you mean "running"?'],
    ['[job]\nmax = 1', '"job" (FILE) is unknown, did you mean "jobs"?'],
    ['jobs = 3', '"jobs" (FILE) is 3, expected object, received number'],
    ['[[jobs]]\nmax = 1', '"jobs" (FILE) is [{"max":1}], expected object, received array'],
    ['__proto__ = 1', '"__proto__" (FILE) is unknown'],
    ['[agent.__proto__]\nname = "x"', '"agent.__proto__" (FILE) is unknown'],
    ['[queues]\ndisk = 2', '"queues.disk" (FILE) is 2, expected object, received number'],
    ['[queues.disk]\nwith = 2', '"queues.disk.with" (FILE) is unknown, did you mean "width"?'],
    [
      '[queues.disk]\nrate = "fast"',
      '"queues.disk.rate" (FILE) is "fast", expected starts per second, minute or hour, such as "10/s", "90/m" or "1.5/h"',
    ],
    ['[queues.disk]\nwidth = 0', '"queues.disk.width" (FILE) is 0, expected number to be >=1'],
    [
      '[output]\njob_bytes = "64 MB"',
      '"output.job_bytes" (FILE) is "64 MB", expected a whole number of bytes, or a text such as "64 MiB"',
    ],
    ['[output]\njob_bytes = 1', '"output.job_bytes" (FILE) is 1, expected number to be >=65536'],
    ['[store]\ndurability = "disk"', '"store.durability" (FILE) is "disk", expected one of "process"|"power"'],
    ['[state]\nhistory = 0', '"state.history" (FILE) is 0, expected number to be >=1'],
    ['[kill]\ngrace = -1', '"kill.grace" (FILE) is -1, expected number to be >=0'],
    ['[log]\nlevel = "trace"', '"log.level" (FILE) is "trace", expected one of "debug"|"info"|"warn"|"error"|"silent"'],
    [
      '[agent]\nlisten = "ws://127.0.0.1:1"',
      '"agent.listen" (FILE) is "ws://127.0.0.1:1", expected array, received string',
    ],
    ['[agent]\nlisten = []', '"agent.listen" (FILE) is [], expected array to have >=1 items'],
    ['[history]\nttl = 1979-05-27', '"history.ttl" (FILE) is "1979-05-27", expected number, received TomlDate'],
  ])('%s', async (toml, problem) => {
    expect(await refusalOf(() => ofFile(toml))).toBe(`Cannot use the configuration: ${problem}`);
  });

  test('a key of the state that is no reference, without telling it', async () => {
    const refusal = await refusalOf(() => ofFile('[state]\nkeys = ["secret:GOOD", "open sesame"]'));
    expect(refusal).toContain('"state.keys.1" is no reference to a secret, such as "secret:NAME"');
    expect(refusal).not.toContain('open sesame');
  });

  test('with every problem at once', async () => {
    expect(await refusalOf(() => ofFile('[jobs]\nmax = 0\nrunning = 0'))).toBe(
      'Cannot use the configuration: "jobs.max" (FILE) is 0, expected number to be >=1; "jobs.running" (FILE) is 0, expected number to be >=1',
    );
  });

  test.each([
    ['max =', 'line 1, column 6: invalid value'],
    ['[jobs]\nmax = 1\nmax = 2', 'line 3, column 1: trying to redefine an already defined table or value'],
  ])('a file that is no TOML: %j', async (toml, why) => {
    expect(await refusalOf(() => ofFile(toml))).toContain(`Cannot read the configuration "FILE": ${why}`);
  });

  test('a file that is missing, a directory, or open to everybody', async () => {
    await using directory = tempDir();
    const file = directory.at('corex.toml');
    expect(await refusalOf(() => loadConfig({ ...USER, file }))).toMatch(
      /^Cannot read the configuration "FILE": ENOENT/,
    );
    expect(await refusalOf(() => loadConfig({ ...USER, file: directory.path }))).toMatch(/EISDIR/);
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    expect(await refusalOf(() => loadConfig({ ...USER, file }))).toBe(
      'Cannot read the configuration "FILE": everybody may write it',
    );
  });

  test('a variable with a wrong value, or that begins like one of a section and is none', async () => {
    expect(await refusalOf(() => ofVariables({ COREX_JOBS_MAX: '1e3' }))).toBe(
      'Cannot use the configuration: "jobs.max" (COREX_JOBS_MAX) is "1e3", expected number, received string',
    );
    expect(await refusalOf(() => ofVariables({ COREX_JOBS_RUNING: '1' }))).toBe(
      'Cannot use the variable "COREX_JOBS_RUNING": there is no such key, did you mean "COREX_JOBS_RUNNING"?',
    );
  });

  test('a flag for a key that does not exist', async () => {
    const flags = [{ key: 'jobs.runing', value: '1', label: '--set jobs.runing=1' }];
    expect(await refusalOf(() => loadConfig({ ...USER, flags }))).toBe(
      'Cannot use --set jobs.runing=1: unknown key "jobs.runing", did you mean "jobs.running"?',
    );
  });

  test.each([
    ['ws://0.0.0.0:80', /other machines can reach it.*Use "wss:\/\/"; set by "agent\.listen" \(COREX_LISTEN\)$/],
    ['ws://[::]:80', /other machines can reach it/],
    ['wss://127.0.0.1:443', /needs "server\.tls_cert" and "server\.tls_key"/],
    ['http://127.0.0.1:80', /it must be "ws:\/\/host:port"/],
    ['ws://127.0.0.1', /the port is missing/],
    ['unix:', /path is missing/],
    [`unix:/${'x'.repeat(120)}`, /unix socket takes at most 107/],
  ])('to listen on %s', async (address, why) => {
    expect(await refusalOf(() => ofVariables({ COREX_LISTEN: address }))).toMatch(why);
  });

  test.each([
    ['tls://127.0.0.1:0', /needs "cosi\.tls_cert".*; set by "cosi\.listen" \(COREX_COSI_LISTEN\)$/],
    ['ws://127.0.0.1:1', /"unix:path" or "tls:\/\/host:port"/],
  ])('to serve resources on %s', async (address, why) => {
    expect(await refusalOf(() => ofVariables({ COREX_COSI_LISTEN: address }))).toMatch(why);
  });

  test('networks of containers that can not be, or not on one machine', async () => {
    const network = (name: string, subnet: string): string => `[containers.networks.${name}]\nsubnet = "${subnet}"`;
    expect(await refusalOf(() => ofFile(network('lan', '10.120.0.0/16')))).toBe(
      'Cannot use "10.120.0.0/16" for the network "lan": the network "bridge" has addresses of it, 10.120.0.0/24; give them ranges that do not meet; set by "containers.networks" (FILE)',
    );
    expect(await refusalOf(() => ofFile(network('lan', '8.8.8.0/24')))).toMatch(/it is not among the private ranges/);
    expect(await refusalOf(() => ofFile(network('host', '10.121.0.0/24')))).toMatch(/^Cannot call a network "host"/);
  });

  test('a certificate without its key', async () => {
    expect(await refusalOf(() => ofVariables({ COREX_SERVER_TLS_CERT: '/c' }))).toContain('"server.tls_key"');
    expect(await refusalOf(() => ofVariables({ COREX_SERVER_TLS_CLIENT_CA: '/c' }))).toContain('"server.tls_cert"');
  });

  test('a bound beyond the one that holds it', async () => {
    expect(await refusalOf(() => ofVariables({ COREX_OUTPUT_JOB_BYTES: '5 GiB' }))).toBe(
      'Cannot use the configuration: "output.job_bytes" (COREX_OUTPUT_JOB_BYTES) is 5368709120, expected at most "output.agent_bytes", which is 4294967296',
    );
  });

  test('to guess a data directory without a home', async () => {
    expect(await refusalOf(() => loadConfig({ environment: {}, uid: 1000 }))).toBe(
      'Cannot find a data directory: neither "agent.data_dir", XDG_STATE_HOME nor HOME is set',
    );
  });
});

describe('defaultConfig()', () => {
  test('knows nothing but its directories', () => {
    expect(defaultConfig('/d', '/r').agent).toEqual({
      name: hostname(),
      dataDir: '/d',
      runtimeDir: '/r',
      launcher: 'keeper',
      listen: ['unix:/r/agent.sock', 'ws://127.0.0.1:7411'],
      unprivileged: false,
    });
  });
});
