/** The options of `run` that make it a run in a container of its own. */
import type { OptionSpecs, OptionValues } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';

export const CONTAINER_OPTIONS = {
  image: {
    type: 'text',
    value: 'IMAGE',
    summary: 'run it in a container of this image, which is removed at the end',
  },
  network: {
    type: 'text',
    value: 'NAME',
    summary: 'network of the container: "none" unless said, "bridge", or one of the agent’s configuration',
  },
  publish: {
    type: 'text',
    short: 'p',
    value: '[ADDRESS:]PORT:INNER[/udp]',
    multiple: true,
    summary: 'port of the agent’s machine that leads to one of the container, at all its addresses unless one is said',
  },
  mount: {
    type: 'text',
    value: 'DIR:INNER[:rw]',
    multiple: true,
    summary: 'directory of the agent’s machine that the container sees, read-only unless said',
  },
  users: {
    type: 'text',
    value: 'WHOSE',
    choices: ['own', 'host'],
    summary: 'whose users the container has, its own unless said, or those of the agent’s machine',
  },
  tty: {
    type: 'flag',
    shortWith: { letter: 't', option: 'image' },
    summary:
      'with --image, and then -t for short: give it a terminal like this one; with -i, connected to the keyboard',
  },
  readOnly: { type: 'flag', summary: 'nothing of the container’s root can be changed' },
} as const satisfies OptionSpecs;

type Values = OptionValues<typeof CONTAINER_OPTIONS>;

/** The first option that needs `--image` and was given, as it is written. */
export function givenContainerOption({ network, publish, mount, users, tty, readOnly }: Values): string | undefined {
  if (network !== undefined) return '--network';
  if (publish.length > 0) return '--publish';
  if (mount.length > 0) return '--mount';
  if (users !== undefined) return '--users';
  if (tty) return '--tty';
  return readOnly ? '--read-only' : undefined;
}

/** Errors: UsageError. */
export function readMount(text: string): { source: string; target: string; writable: boolean } {
  const [source = '', target = '', mode = 'ro', ...rest] = text.split(':');
  if (!source.startsWith('/') || !target.startsWith('/') || rest.length > 0 || (mode !== 'ro' && mode !== 'rw')) {
    throw new UsageError(`Cannot read --mount "${text}": /srv/data:/data or /srv/data:/data:rw is wanted`);
  }
  return { source, target, writable: mode === 'rw' };
}
