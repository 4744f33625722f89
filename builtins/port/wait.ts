import * as z from 'zod';
import { AgentError, defineBuiltin, type PortTarget } from 'corex/builtin';
import { offered } from '../offered.ts';

const DEFAULT_TIMEOUT = 60;
/** A unix socket's address holds no longer path. */
const LONGEST_PATH = 107;

const Arguments = z.strictObject({
  port: z.int().min(1).max(65_535).nullish().describe('TCP port. This or `path`.'),
  host: z.string().min(1).max(255).nullish().describe('Name or address of the host. Default `127.0.0.1`.'),
  path: z.string().min(1).nullish().describe('Unix socket. This or `port`.'),
  timeout: z.number().min(0.001).max(86_400).nullish().describe('Seconds to wait at most. Default 60.'),
});

export const portWait = defineBuiltin({
  name: 'port.wait',
  summary: 'Waits until a TCP port or a unix socket accepts connections.',
  arguments: Arguments,
  errors: ['timeout', 'cancelled'],
  example: { arguments: { port: 5432, timeout: 30 }, data: { tries: 3, time: 204 } },
  run: async (args, context) => {
    const probes = offered(context.agent.probes, context);
    const timeoutMs = (args.timeout ?? DEFAULT_TIMEOUT) * 1000;
    const { tries, tookMs } = await probes.awaitPort(readTarget(args), timeoutMs, context.signal);
    return { tries, time: Math.round(tookMs) };
  },
});

function readTarget({ port, host, path }: z.infer<typeof Arguments>): PortTarget {
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot wait for a port: ${why}`);
  };
  if ((path ?? host ?? '').includes('\0')) refuse('what it names must not hold a NUL');
  if (path === null || path === undefined) {
    return { type: 'tcp', host: host ?? '127.0.0.1', port: port ?? refuse('"port" or "path" must say which') };
  }
  if (port !== null && port !== undefined) refuse('"port" and "path" are both given, and only one can be meant');
  if (host !== null && host !== undefined) refuse('"host" goes with "port", and "path" is given');
  if (!path.startsWith('/')) refuse(`"path" must begin with "/", and is "${path}"`);
  if (Buffer.byteLength(path) > LONGEST_PATH)
    refuse(`"path" has more than ${LONGEST_PATH} bytes, so no socket is there`);
  return { type: 'unix', path };
}
