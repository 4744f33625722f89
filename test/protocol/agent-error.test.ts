import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { AgentError, errorMessage, isAgentError } from '../../src/protocol/agent-error.ts';
import { ERROR_CODES, type ErrorName } from '../../src/protocol/error-codes.ts';

const names = Object.keys(ERROR_CODES) as ErrorName[];

describe('AgentError', () => {
  test('has the number of its code unless it is given another', () => {
    expect(new AgentError('too-many', 'Cannot queue')).toMatchObject({ number: 429, retryable: true });
    expect(new AgentError('failed', 'Cannot lift', { number: 418 })).toMatchObject({ number: 418, retryable: false });
  });

  test('is the same at the other end of the wire', () => {
    const details = fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined });
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string(), details, (code, message, given) => {
        const sent = new AgentError(code, message, given === undefined ? {} : { details: given });
        const received = AgentError.fromJSON(JSON.parse(JSON.stringify(sent)));
        expect(received).toMatchObject({ code, message, number: sent.number, retryable: sent.retryable });
        expect(received.toJSON()).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
    );
  });

  test('of a code this version does not know is "internal" and keeps the name', () => {
    const error = AgentError.fromJSON({ code: 'constructor', message: 'Cannot fly', details: { height: 3 } });
    expect(error.toJSON()).toEqual({
      code: 'internal',
      message: 'Cannot fly (constructor)',
      details: { height: 3 },
    });
  });

  test('keeps its cause', () => {
    const cause = new Error('Deeper');
    expect(new AgentError('internal', 'Cannot go on', { cause }).cause).toBe(cause);
    expect('cause' in new AgentError('internal', 'Cannot go on')).toBe(false);
  });
});

test('isAgentError() knows the class of another copy of the module, and nothing else', () => {
  const foreign = Object.assign(new Error('Cannot'), { name: 'AgentError', code: 'lost' });
  expect(isAgentError(new AgentError('lost', 'Cannot'))).toBe(true);
  expect(isAgentError(foreign)).toBe(true);
  expect(isAgentError(new Error('Cannot'))).toBe(false);
  expect(isAgentError({ name: 'AgentError', code: 'lost' })).toBe(false);
});

test('errorMessage() gives a text for anything thrown', () => {
  expect([new TypeError('Wrong'), 'plain', 7, undefined].map(errorMessage)).toEqual([
    'Wrong',
    'plain',
    '7',
    'undefined',
  ]);
});
