import type { Client } from '../../client/client.ts';
import type { ClientStatus } from '../../client/client-status.ts';
import { errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import type { Cli } from '../cli-context.ts';
import type { Look } from '../paint.ts';
import { FullScreen, type ScreenUser } from '../terminal/full-screen.ts';
import type { Key } from '../terminal/key-reader.ts';
import type { Pen } from '../terminal/pen.ts';
import { detailsLines, type Details } from './details-view.ts';
import { LinePrompt } from './line-prompt.ts';
import { ListView } from './list-view.ts';
import { logLines, type LogLine } from './log-lines.ts';
import { LogView } from './log-view.ts';
import { FEET, helpLines } from './top-help.ts';
import { Wakeup } from '../terminal/wakeup.ts';

/** Lines that come at once are drawn at once: no more often than this. */
const DRAW_MS = 40;
const NOTICE_MS = 6000;

type View = 'list' | 'log' | 'details' | 'help';

/** What the foot of the screen asks. */
type Question =
  | { readonly type: 'filter' | 'search'; readonly prompt: LinePrompt }
  | { readonly type: 'kill' | 'cancel'; readonly id: string };

export interface TopOptions {
  readonly intervalMs: number;
  /** The filter it begins with. */
  readonly filter: string;
  /** The columns it begins sorted by, as keys would do it. */
  readonly keys: readonly Key[];
  /** Where to see jobs without a terminal. */
  readonly instead: string;
}

/** The live view of jobs: what is asked of the agent, shown, and done by keys. */
export class TopApp implements ScreenUser {
  readonly #cli: Cli;
  readonly #pen: Pen;
  readonly #client: Client;
  readonly #options: TopOptions;
  readonly #list = new ListView();
  readonly #over = Promise.withResolvers<NodeJS.Signals | undefined>();
  readonly #ending = new AbortController();
  readonly #wakeup = new Wakeup();
  #screen: FullScreen | undefined;
  #view: View = 'list';
  #log: LogView | undefined;
  #reading = new AbortController();
  #details: Details | undefined;
  #question: Question | undefined;
  #notice: { readonly text: string; readonly look: Look; readonly until: number } | undefined;
  #isLost = false;
  #isPaused = false;
  #drawing: NodeJS.Timeout | undefined;

  constructor(client: Client, cli: Cli, pen: Pen, options: TopOptions) {
    this.#client = client;
    this.#cli = cli;
    this.#pen = pen;
    this.#options = options;
  }

  /** Shows jobs until a person has had enough; resolves to the signal that ended it, if one did. Errors: AgentError `disconnected` and the like, CliError without a terminal. */
  async run(): Promise<NodeJS.Signals | undefined> {
    this.#tell(this.#list.setFilter(this.#options.filter), 'bad');
    for (const key of this.#options.keys) this.#list.onKey(key);
    await using screen = await FullScreen.open(this.#cli, this, this.#options.instead);
    this.#screen = screen;
    const asking = this.#ask();
    try {
      return await this.#over.promise;
    } finally {
      this.#ending.abort();
      this.#reading.abort();
      this.#wakeup.wake();
      clearTimeout(this.#drawing);
      await asking;
    }
  }

  /** To be told of everything that happens to the connection. */
  onStatus(status: ClientStatus): void {
    if (status.type === 'connected') {
      if (this.#isLost) this.#tell('Connected again', 'good');
      this.#isLost = false;
      this.#wakeup.wake();
    } else if (status.type === 'disconnected') this.#isLost = true;
    else if (status.type === 'closed' && status.error !== undefined) this.#over.reject(status.error);
    this.#draw();
  }

  onKey(key: Key): void {
    this.#notice = undefined;
    if (this.#question !== undefined) this.#onAnswer(this.#question, key);
    else if (key === 'ctrl-c') this.#over.resolve(undefined);
    else if (key === 'ctrl-l') this.#screen?.redraw();
    else this.#onCommand(key);
    this.#draw();
  }

  onRedraw(): void {
    this.#wakeup.wake();
    this.#draw();
  }

  onEnd(signal: NodeJS.Signals): void {
    this.#over.resolve(signal);
  }

  #onCommand(key: Key): void {
    if (key === 'q' || key === 'escape') this.#goBack(key);
    else if (this.#view === 'log') this.#onLogKey(key);
    else if (this.#view !== 'help') this.#onJobKey(key);
  }

  #goBack(key: Key): void {
    if (this.#view === 'list') {
      if (key === 'q') this.#over.resolve(undefined);
      else if (this.#list.filterText !== '') this.#list.setFilter('');
    }
    this.#reading.abort();
    this.#view = 'list';
    this.#wakeup.wake();
  }

  #onLogKey(key: Key): void {
    if (key === '/') this.#question = { type: 'search', prompt: new LinePrompt('Search: ') };
    else if (this.#log?.onKey(key) === false && (key === 'n' || key === 'N')) this.#tell('Not found', 'warning');
  }

  #onJobKey(key: Key): void {
    const id = this.#view === 'details' ? this.#details?.info.id : this.#list.chosen?.id;
    if (key === '?' || key === 'h') this.#view = 'help';
    else if (id !== undefined && (key === 'enter' || key === 'l')) this.#readLog(id);
    else if (id !== undefined && key === 'd') void this.#showDetails(id);
    else if (id !== undefined && (key === 'k' || key === 'c'))
      this.#question = { type: key === 'k' ? 'kill' : 'cancel', id };
    else if (this.#view === 'list') this.#onListKey(key);
  }

  #onListKey(key: Key): void {
    if (key === '/') this.#question = { type: 'filter', prompt: new LinePrompt('Filter: ', this.#list.filterText) };
    else if (key === 'p') this.#isPaused = !this.#isPaused;
    else if (!this.#list.onKey(key)) return;
    this.#wakeup.wake();
  }

  #onAnswer(question: Question, key: Key): void {
    if ('id' in question) {
      this.#question = undefined;
      if (key === 'y' || key === 'Y') void this.#end(question.type, question.id);
      return;
    }
    const { prompt, type } = question;
    const state = prompt.onKey(key);
    if (state !== 'writing') this.#question = undefined;
    if (state !== 'done') return;
    if (type === 'filter') {
      this.#tell(this.#list.setFilter(prompt.text), 'bad');
      this.#wakeup.wake();
    } else if (this.#log?.search(prompt.text) === false) this.#tell(`Not found: ${prompt.text}`, 'warning');
  }

  async #end(how: 'kill' | 'cancel', id: string): Promise<void> {
    try {
      if (how === 'kill') await this.#client.job(id).kill();
      else await this.#client.jobs.cancel(id);
      this.#tell(how === 'kill' ? `${id} is being stopped` : `${id} is cancelled`, 'good');
    } catch (error) {
      this.#tell(errorMessage(error), 'bad');
    }
    this.#wakeup.wake();
  }

  #readLog(id: string): void {
    const log = new LogView(id);
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#log = log;
    this.#view = 'log';
    void this.#follow(log, logLines(this.#client, id, this.#reading.signal), this.#reading.signal);
  }

  async #follow(log: LogView, lines: AsyncIterable<LogLine>, signal: AbortSignal): Promise<void> {
    try {
      for await (const line of lines) {
        log.take([line]);
        this.#draw();
      }
    } catch (error) {
      if (!signal.aborted) log.take([{ text: errorMessage(error), look: 'bad', isNote: true }]);
    }
    this.#draw();
  }

  async #showDetails(id: string): Promise<void> {
    try {
      const info = await this.#client.jobs.get(id);
      const use = info.state === 'settled' ? undefined : await this.#client.jobs.stats(id).catch(() => undefined);
      this.#details = { info, use };
      this.#view = 'details';
    } catch (error) {
      this.#tell(errorMessage(error), 'bad');
    }
    this.#draw();
  }

  /** Asks the agent for what is seen, again and again. Never rejects. */
  async #ask(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const isAgain = await this.#askOnce().catch((error: unknown) => this.#onTrouble(error));
      this.#draw();
      if (!isAgain) await this.#wakeup.sleep(this.#options.intervalMs);
    }
  }

  async #askOnce(): Promise<boolean> {
    if (this.#view === 'details' && this.#details !== undefined && !this.#isPaused)
      await this.#showDetails(this.#details.info.id);
    const isWanted = this.#view === 'list' && (!this.#isPaused || this.#list.isMoved);
    if (!isWanted || this.#screen === undefined) return false;
    const query = this.#list.query(this.#screen.size);
    // The answer of an agent that went away comes when it is back; nobody waits for it after the end.
    const page = await this.#client.jobs.page(query, { signal: this.#ending.signal });
    return this.#list.take(page, query.offset);
  }

  #onTrouble(error: unknown): boolean {
    if (this.#ending.signal.aborted) return false;
    // What this agent does not know it will not know the next time either.
    if (isAgentError(error) && error.code !== 'disconnected' && this.#list.page === undefined) this.#over.reject(error);
    else this.#tell(errorMessage(error), 'bad');
    return false;
  }

  #tell(text: string | undefined, look: Look): void {
    if (text !== undefined) this.#notice = { text, look, until: Date.now() + NOTICE_MS };
  }

  /** Draws soon. */
  #draw(): void {
    if (this.#ending.signal.aborted) return;
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#drawNow();
    }, DRAW_MS);
  }

  #drawNow(): void {
    const size = this.#screen?.size;
    if (size === undefined) return;
    this.#screen?.draw([...this.#body(size).slice(0, size.rows - 1), this.#foot(size.columns)]);
  }

  #body(size: FullScreen['size']): string[] {
    const now = Date.now();
    if (this.#view === 'log' && this.#log !== undefined) return this.#log.lines(size, this.#pen);
    if (this.#view === 'details' && this.#details !== undefined)
      return detailsLines(this.#details, size, this.#pen, now);
    if (this.#view === 'help') return helpLines(size, this.#pen);
    const agent = this.#client.hello?.agent ?? '';
    const state = this.#isPaused ? '  PAUSED' : '';
    return this.#list.lines(size, this.#pen, { title: `corex top  ${agent}${state}`, now });
  }

  #foot(columns: number): string {
    const pen = this.#pen;
    const question = this.#question;
    if (question !== undefined && 'prompt' in question) return question.prompt.line(columns, pen);
    if (question !== undefined) {
      const what = question.type === 'kill' ? 'Kill' : 'Cancel';
      return pen.line(`${what} "${question.id}" for good? y: yes, any other key: no`, columns, 'warning');
    }
    if (this.#isLost) return pen.line('The connection to the agent is lost, trying again; jobs go on', columns, 'bad');
    const notice = this.#notice;
    if (notice !== undefined && notice.until > Date.now()) return pen.line(notice.text, columns, notice.look);
    const place = this.#view === 'list' ? this.#list.place : '';
    return pen.ends(FEET[this.#view], place, columns);
  }
}
