/** Every metric of the agent. One row a metric; the documents show this table. */

export interface MetricDefinition {
  readonly unit: 'seconds' | 'bytes' | 'count';
  readonly labels: readonly string[];
  readonly meaning: string;
}

export interface HistogramDefinition extends MetricDefinition {
  /** Upper bounds of the ranges. */
  readonly buckets: readonly number[];
}

export const COUNTERS = {
  corex_commands_total: {
    unit: 'count',
    labels: ['outcome'],
    meaning: 'Commands by what became of them: `accepted`, `attached`, `called`, `refused`.',
  },
  corex_jobs_settled_total: { unit: 'count', labels: ['reason'], meaning: 'Jobs that settled, by reason.' },
  corex_runs_started_total: { unit: 'count', labels: [], meaning: 'Runs whose process was started.' },
  corex_spawn_failures_total: { unit: 'count', labels: [], meaning: 'Runs whose process could not be started.' },
  corex_output_bytes_total: { unit: 'bytes', labels: [], meaning: 'Bytes the runs wrote.' },
  corex_output_dropped_bytes_total: { unit: 'bytes', labels: [], meaning: 'Of these, bytes a limit dropped.' },
  corex_messages_total: { unit: 'count', labels: [], meaning: 'Messages parsed out of the output.' },
  corex_frames_in_total: { unit: 'count', labels: ['kind'], meaning: 'Frames received: `text`, `binary`.' },
  corex_frames_out_total: { unit: 'count', labels: ['kind'], meaning: 'Frames sent: `text`, `binary`.' },
  corex_backpressure_pauses_total: {
    unit: 'count',
    labels: [],
    meaning: 'Times output for a connection waited because its client did not read.',
  },
  corex_watcher_errors_total: { unit: 'count', labels: [], meaning: 'Times a hook or handler threw.' },
  corex_watcher_slow_total: { unit: 'count', labels: [], meaning: 'Times a hook or handler held up the event loop.' },
  corex_watcher_dropped_total: {
    unit: 'count',
    labels: [],
    meaning: 'Calls of a hook or handler left out because too many of its promises were pending.',
  },
  corex_store_commits_total: { unit: 'count', labels: [], meaning: 'Transactions of the store.' },
  corex_store_write_groups_total: {
    unit: 'count',
    labels: [],
    meaning: 'Groups of writes that the store answered.',
  },
  corex_store_write_seconds_total: {
    unit: 'seconds',
    labels: [],
    meaning: 'Time these waited for their commit, summed up.',
  },
  corex_store_failures_total: { unit: 'count', labels: [], meaning: 'Reads and writes of the store that failed.' },
  corex_store_retries_total: { unit: 'count', labels: [], meaning: 'Writes the engine had to try again.' },
  corex_log_dropped_total: {
    unit: 'count',
    labels: [],
    meaning: 'Lines of the agent’s own log that could not be kept.',
  },
  corex_measurements_total: {
    unit: 'count',
    labels: [],
    meaning: 'Measurements of what a job’s processes use, taken at its `stats_interval`.',
  },
  corex_measurements_skipped_total: {
    unit: 'count',
    labels: [],
    meaning: 'Moments at which none was taken as the ones before were not done.',
  },
  corex_series_values_total: { unit: 'count', labels: [], meaning: 'Values that jobs reported on level 10.' },
  corex_series_dropped_total: {
    unit: 'count',
    labels: [],
    meaning: 'Series of such values that had to go as there were too many.',
  },
  corex_statistics_malformed_total: {
    unit: 'count',
    labels: [],
    meaning: 'Messages of level 10 that are no statistics.',
  },
  corex_resource_events_total: {
    unit: 'count',
    labels: ['type'],
    meaning: 'Changes of resources: `created`, `updated`, `destroyed`.',
  },
  corex_controller_wakeups_total: { unit: 'count', labels: ['controller'], meaning: 'Changes a controller was told.' },
  corex_controller_crashes_total: { unit: 'count', labels: ['controller'], meaning: 'Times a controller failed.' },
  corex_controller_reads_total: {
    unit: 'count',
    labels: ['controller'],
    meaning: 'Reads of resources by a controller; those that a cache answers are left out.',
  },
  corex_controller_writes_total: {
    unit: 'count',
    labels: ['controller'],
    meaning: 'Writes of resources by a controller.',
  },
  corex_controller_reconciled_total: {
    unit: 'count',
    labels: ['controller'],
    meaning: 'Resources that a controller with a queue looked after.',
  },
  corex_controller_requeues_total: {
    unit: 'count',
    labels: ['controller'],
    meaning: 'Of these, those it asked to see again without a failure.',
  },
  corex_controller_rounds_total: {
    unit: 'count',
    labels: ['controller'],
    meaning: 'Rounds of a controller that looks at all its inputs in each.',
  },
  corex_controller_round_inputs_total: {
    unit: 'count',
    labels: ['controller'],
    meaning: 'Inputs it came to in them.',
  },
  corex_controller_busy_seconds_total: {
    unit: 'seconds',
    labels: ['controller'],
    meaning: 'Time a controller spent on resources or in rounds, summed up over all it does at once.',
  },
  corex_controllers_restarted_total: {
    unit: 'count',
    labels: [],
    meaning: 'Times the runtime of all controllers failed and was replaced.',
  },
  corex_spans_total: {
    unit: 'count',
    labels: ['outcome'],
    meaning: 'Spans for OpenTelemetry by what became of them: `exported`, `failed`, `dropped`.',
  },
} as const satisfies Record<string, MetricDefinition>;

export const GAUGES = {
  corex_info: { unit: 'count', labels: ['version', 'node'], meaning: 'Always 1; the labels tell the versions.' },
  corex_jobs: { unit: 'count', labels: ['state'], meaning: 'Live jobs by state.' },
  corex_queue_waiting: {
    unit: 'count',
    labels: ['queue'],
    meaning: 'Jobs that wait in each of the 200 fullest queues.',
  },
  corex_queue_active: { unit: 'count', labels: ['queue'], meaning: 'Jobs that are active in each of these queues.' },
  corex_connections: { unit: 'count', labels: [], meaning: 'WebSocket connections.' },
  corex_stdin_handles: { unit: 'count', labels: [], meaning: 'Handles for binary standard input of all connections.' },
  corex_subscriptions: { unit: 'count', labels: [], meaning: 'Subscriptions of all connections.' },
  corex_store_pending: { unit: 'count', labels: [], meaning: 'Reads and writes that wait for the store.' },
  corex_resources: {
    unit: 'count',
    labels: ['namespace', 'type'],
    meaning: 'Resources of each of the 200 largest kinds.',
  },
  corex_resource_watches: { unit: 'count', labels: [], meaning: 'Watches of resources, of the agent and its clients.' },
  corex_controller_queue_length: {
    unit: 'count',
    labels: ['controller'],
    meaning: 'Resources that wait for a controller with a queue.',
  },
  corex_measured_processes: { unit: 'count', labels: [], meaning: 'Runs that are measured regularly.' },
  corex_history_points: { unit: 'count', labels: [], meaning: 'Points kept of what jobs used over time.' },
  corex_series: { unit: 'count', labels: [], meaning: 'Series of values that jobs report.' },
  corex_job_cpu_cores: {
    unit: 'count',
    labels: ['job', 'command'],
    meaning: 'Processors’ worth of time a job uses; as all of a job, only with `statistics.job_metrics`.',
  },
  corex_job_resident_bytes: { unit: 'bytes', labels: ['job', 'command'], meaning: 'Memory a job uses.' },
  corex_job_virtual_bytes: { unit: 'bytes', labels: ['job', 'command'], meaning: 'Address space a job uses.' },
  corex_job_swap_bytes: { unit: 'bytes', labels: ['job', 'command'], meaning: 'Memory of a job that is in swap.' },
  corex_job_processes: { unit: 'count', labels: ['job', 'command'], meaning: 'Processes of a job.' },
} as const satisfies Record<string, MetricDefinition>;

/** Gauges that have labels beside these, by what jobs said: `tag_<name>` for each tag. */
export const OPEN_GAUGES = {
  corex_reported_average: {
    unit: 'count',
    labels: ['key', 'id', 'operation', 'window'],
    meaning:
      'Average of the values a job reported under a key, in the window of 300 or 3600 seconds that goes on, else in the last one that had values. Each tag is a label `tag_<name>`.',
  },
  corex_reported_max: {
    unit: 'count',
    labels: ['key', 'id', 'operation', 'window'],
    meaning: 'The highest of these values.',
  },
  corex_reported_sum: { unit: 'count', labels: ['key', 'id', 'operation', 'window'], meaning: 'Their sum.' },
  corex_reported_values: { unit: 'count', labels: ['key', 'id', 'operation', 'window'], meaning: 'How many they are.' },
} as const satisfies Record<string, MetricDefinition>;

export const HISTOGRAMS = {
  corex_run_duration_seconds: {
    unit: 'seconds',
    labels: ['state'],
    meaning: 'Duration of the last run of settled jobs, by state.',
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800, 3600, 21_600, 86_400],
  },
} as const satisfies Record<string, HistogramDefinition>;
