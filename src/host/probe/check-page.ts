import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import type { Page, PageExpectation } from './page-request.ts';

/** An expectation whose pattern is ready to be used. */
export interface CompiledExpectation extends Omit<PageExpectation, 'matches'> {
  readonly pattern?: { readonly source: string; readonly isIn: (text: string) => boolean };
}

/** Errors: AgentError `bad-arguments` for a pattern that is none. */
export async function compileExpectation({ matches, ...rest }: PageExpectation): Promise<CompiledExpectation> {
  if (matches === undefined) return rest;
  const { RE2JS } = await import('re2js');
  try {
    const compiled = RE2JS.compile(matches);
    return { ...rest, pattern: { source: matches, isIn: (text) => compiled.matcher(text).find() } };
  } catch (cause) {
    throw new AgentError('bad-arguments', `Cannot read the pattern "${matches}": ${errorMessage(cause)}`, { cause });
  }
}

/** Errors: AgentError `unexpected-answer` that says what was expected. */
export function checkPage(page: Page, { status, contains, pattern }: CompiledExpectation): void {
  const refuse = (why: string): never => {
    throw new AgentError('unexpected-answer', `Cannot accept the answer of "${page.url}": ${why}`, {
      details: { status: page.status },
    });
  };
  if (!isGood(page.status, status)) {
    refuse(`its status is ${String(page.status)}, expected is ${status?.toString() ?? '200 to 299'}`);
  }
  if (contains === undefined && pattern === undefined) return;
  const text = page.body.toString('utf8');
  const where = page.truncated ? `the first ${String(page.body.length)} bytes of its body have` : 'its body has';
  if (contains !== undefined && !text.includes(contains)) refuse(`${where} no "${contains}"`);
  if (pattern !== undefined && !pattern.isIn(text)) refuse(`${where} no match of "${pattern.source}"`);
}

function isGood(status: number, wanted: PageExpectation['status']): boolean {
  if (wanted === 'any') return true;
  return wanted === undefined ? status >= 200 && status <= 299 : wanted.includes(status);
}
