import type { ContainerConfig, ContainerEvent, ContainerProcess, ContainerStatus } from '../../protocol/container.ts';
import { formatDuration } from '../durations.ts';
import type { Screen } from '../output.ts';
import { factLines, localTime } from '../result-lines.ts';
import { tableLines, type Column } from '../table.ts';

/** What `container.inspect` answers. */
export interface InspectedContainer {
  readonly config: ContainerConfig & { readonly id: string };
  readonly state: ContainerStatus & { readonly address?: string };
}

/** A container for people: one fact a line, then its processes and what happened to it. `now`: milliseconds since 1970. */
export async function inspectLines(
  { config, state }: InspectedContainer,
  screen: Pick<Screen, 'width' | 'paint'>,
  now: number,
): Promise<string[]> {
  const processes = [...(state.main === undefined ? [] : [state.main]), ...state.execs];
  return [
    ...factLines([...stateFacts(config, state, now), ...configFacts(config, state.address)], screen.paint),
    ...(processes.length === 0 ? [] : ['', ...(await tableLines(PROCESS_COLUMNS, processes, screen))]),
    '',
    ...(await tableLines(EVENT_COLUMNS, state.events, screen)),
  ];
}

type Facts = [name: string, value: string][];

function stateFacts(
  { id, name, created, version }: InspectedContainer['config'],
  status: ContainerStatus,
  now: number,
): Facts {
  return [
    ['Container', name],
    ['Id', id],
    ['State', stateText(status, now)],
    ['Failure', status.failure?.message ?? ''],
    ['Created', localTime(created)],
    ['Version', status.version === version ? String(version) : `${version}, carried out is ${status.version}`],
    ['Starts', String(status.starts)],
  ];
}

function stateText({ state, paused, main }: ContainerStatus, now: number): string {
  const pid = main?.pid === undefined ? '' : `, pid ${main.pid}`;
  if (paused) return `paused${pid}`;
  if (state === 'running' && main?.started !== undefined) {
    return `running since ${localTime(main.started)} (${formatDuration(Math.max(0, now - main.started))})${pid}`;
  }
  if (state !== 'stopped' || main === undefined) return state;
  const when = main.finished === undefined ? '' : ` since ${localTime(main.finished)}`;
  return `stopped${when}, ${endText(main)}`;
}

/** How a process ended; nothing for one that has not. */
function endText({ state, exit, reason, message }: ContainerProcess): string {
  if (state !== 'exited') return '';
  if (reason === 'exited' && exit !== undefined && 'code' in exit) return `exited with ${exit.code}`;
  return message ?? reason ?? '';
}

function configFacts(config: ContainerConfig, address = ''): Facts {
  const { entry_point: program, limits, network, ports, terminal } = config;
  const rights = [...config.capabilities, ...(config.read_only ? ['read-only root'] : [])];
  return [
    ['Image', config.image ?? ''],
    ['Program', program === undefined ? '' : [program.path, ...program.args].join(' ')],
    ['Directory', program?.dir ?? ''],
    ...Object.entries(config.env).map(([name, value], at): Facts[number] => [
      at === 0 ? 'Env' : ' ',
      `${name}=${value}`,
    ]),
    ['User', config.user ?? ''],
    ['Users', config.users ?? ''],
    ['Hostname', config.hostname ?? ''],
    ['Limits', `${limits.memory_mb} MiB, ${limits.cpu_mhz} MHz, ${limits.pids} processes`],
    ['Network', network],
    ['Address', address],
    ['Ports', ports.map(portText).join(', ')],
    ['Mounts', config.mounts.map(mountText).join(', ')],
    ['Rights', rights.join(', ')],
    ['Terminal', terminal === undefined ? '' : `${terminal.columns} × ${terminal.rows}`],
    ['Files', config.files.length === 0 ? '' : `${config.files.length} go in before its next start`],
    ['Stop', `${config.stop_signal ?? 'TERM, or as the image says'}, ${config.stop_grace} s later KILL`],
    ['Removed', config.auto_remove ? 'when its program has ended' : ''],
    ['Tags', config.tags.join(', ')],
  ];
}

function mountText(mount: ContainerConfig['mounts'][number]): string {
  if ('tmpfs' in mount) return `memory at ${mount.target}`;
  return `${mount.source} at ${mount.target}${mount.writable === true ? '' : ' (read-only)'}`;
}

const PROCESS_COLUMNS: readonly Column<ContainerProcess>[] = [
  { title: 'PROCESS', value: ({ id }) => id },
  { title: 'STATE', value: ({ state }) => (state === 'started' ? 'running' : state) },
  { title: 'PID', value: ({ pid }) => String(pid ?? ''), align: 'right' },
  { title: 'END', value: endText, shrinkTo: 14 },
  { title: 'COMMAND', value: ({ command = '' }) => command, shrinkTo: 8 },
];

const EVENT_COLUMNS: readonly Column<ContainerEvent>[] = [
  { title: 'EVENT', value: ({ event }) => event },
  { title: 'AT', value: ({ at }) => localTime(at) },
  { title: 'MESSAGE', value: ({ message = '' }) => message },
];

function portText({ host, container, protocol = 'tcp', host_ip: address }: ContainerConfig['ports'][number]): string {
  return `${address === undefined ? '' : `${address}:`}${host} → ${container}/${protocol}`;
}
