/** Whether jobs can outlive their agent here, and what keeps them now. */
import type { KeeperExamination } from '../../agent/examine.ts';
import { fail, ok, warn, type Check } from './check.ts';

const NAME = 'Keeper';
const SHOWN = 5;
/** The system refuses longer paths of unix sockets. */
const SOCKET_PATH_BYTES = 107;

export interface KeeperFacts {
  readonly keeper: KeeperExamination | undefined;
  /** Why this machine can not run one; undefined when it can. */
  readonly whyNot: string | undefined;
  /** An agent has the data directory now. */
  readonly hasAgent: boolean;
  readonly ownVersion: string;
}

export function keeperChecks({ keeper, whyNot, hasAgent, ownVersion }: KeeperFacts): Check[] {
  const able =
    whyNot === undefined
      ? ok('Survival', 'jobs can outlive their agent: libc is called by koffi, orphans come to the keeper')
      : warn(
          'Survival',
          `no keeper can run: ${whyNot}`,
          'Set agent.launcher to "in-process", and jobs end with their agent; or install corex again, with the parts of koffi for this machine',
        );
  if (keeper === undefined) return [able];
  return [able, keeperCheck(keeper, hasAgent, ownVersion), ...strangerChecks(keeper), ...socketChecks(keeper)];
}

function keeperCheck({ pid, answer }: KeeperExamination, hasAgent: boolean, ownVersion: string): Check {
  if (answer === undefined) {
    const advice = `Nothing new is started until it does. If it never will: kill -9 ${pid}; its jobs end as “lost”, what they left is ended, and another keeper is started`;
    return fail(NAME, `${pid} does not answer`, advice);
  }
  const { version, runs, isUsable } = answer;
  const found = `${pid}, version ${version}, keeps ${runs} ${runs === 1 ? 'run' : 'runs'}`;
  if (!isUsable) return fail(NAME, found, `Start corex ${version} until its jobs have ended, or end them there`);
  if (!hasAgent && runs > 0) return warn(NAME, `${found} for the next agent`, 'Run: corex start');
  if (version !== ownVersion) {
    return warn(
      NAME,
      `${found}; this is ${ownVersion}`,
      'It is replaced when it keeps nothing and the agent starts anew',
    );
  }
  return ok(NAME, found);
}

function strangerChecks({ strangers }: KeeperExamination): Check[] {
  if (strangers.length === 0) return [];
  const shown = strangers.slice(0, SHOWN).map(({ pid, command }) => `${pid} ${command}`);
  const more = strangers.length > SHOWN ? [`and ${strangers.length - SHOWN} more`] : [];
  const advice =
    'Jobs with “keep” leave such processes, and containers have some of their own; end by hand what nobody needs';
  return [warn('Orphans', [...shown, ...more].join('; '), advice)];
}

function socketChecks({ socket }: KeeperExamination): Check[] {
  const bytes = Buffer.byteLength(socket);
  const found = `${bytes} bytes, ${socket}`;
  if (bytes <= SOCKET_PATH_BYTES) return [ok('Keeper socket', found)];
  return [
    fail('Keeper socket', found, `At most ${SOCKET_PATH_BYTES} are possible: set agent.runtime_dir to a shorter one`),
  ];
}
