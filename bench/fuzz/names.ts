import type { Random } from './random.ts';

const QUEUES = ['a', 'b', 'c', 'build', ''];
const TAGS = ['x', 'y', 'z'];
const SIGNALS = ['TERM', 'KILL', 'USR1', 'SIGSTOP', 'SIGCONT', 'HUP', 'INT', '0', '9', '15'];

/** The names commands speak of: few, so that they meet one another's jobs, queues and tags. */
export class Names {
  readonly #ids: readonly string[];

  constructor(ids = 60) {
    this.#ids = Array.from({ length: ids }, (_, number) => `job${number}`);
  }

  id(random: Random): string {
    return random.pick(this.#ids);
  }

  queue(random: Random): string {
    return random.pick(QUEUES);
  }

  tags(random: Random): string[] {
    return random.some(TAGS);
  }

  /** A text for a member of some arguments. */
  text(random: Random, member: string): string {
    switch (member) {
      case 'id':
      case 'ids':
        return this.id(random);
      case 'queue':
      case 'name':
        return this.queue(random);
      case 'tags':
        return random.pick(TAGS);
      case 'signal':
        return random.pick(SIGNALS);
      case 'command':
        return random.pick(['core.system', 'core.ping', 'none']);
      default:
        return random.pick(['', 'x', 'start', 'some text\n', '20::data\n', '1'.repeat(500)]);
    }
  }
}
