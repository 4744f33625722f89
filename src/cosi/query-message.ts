/** The messages `LabelQuery`, `LabelTerm` and `IDQuery`. */
import type { LabelOperation, LabelQuery, LabelTerm } from '../state/label-query.ts';
import { StateError } from '../state/state-error.ts';
import type { ProtobufReader } from './protobuf-reader.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';

const NOT_EXISTS = 2;

const OPERATIONS: readonly (readonly [number, LabelOperation])[] = [
  [0, 'exists'],
  [1, 'equal'],
  [3, 'in'],
  [4, 'lt'],
  [5, 'lte'],
  [6, 'lt-numeric'],
  [7, 'lte-numeric'],
];
const byNumber = new Map(OPERATIONS);
const numbers = new Map(OPERATIONS.map(([number, operation]) => [operation, number]));

export function writeLabelQuery(writer: ProtobufWriter, field: number, terms: LabelQuery): void {
  const query = writer.begin(field);
  for (const { key, operation, values = [], invert = false } of terms) {
    const term = writer.begin(1);
    writer.text(1, key);
    writer.number(2, numbers.get(operation) ?? 0);
    for (const value of values) writer.presentText(3, value);
    writer.flag(5, invert);
    writer.end(term);
  }
  writer.end(query);
}

/** Errors: StateError `bad-request`, `unsupported` for an operation that is not known here. */
export function readLabelQuery(reader: ProtobufReader): LabelQuery {
  const terms: LabelTerm[] = [];
  while (reader.next()) {
    if (reader.field === 1) terms.push(readTerm(reader.message('message LabelTerm')));
    else reader.skip();
  }
  return terms;
}

function readTerm(reader: ProtobufReader): LabelTerm {
  let key = '';
  let number = 0;
  let invert = false;
  const values: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) number = reader.number();
    else if (reader.field === 3) values.push(reader.text());
    else if (reader.field === 5) invert = reader.flag();
    else reader.skip();
  }
  // An old spelling, which never took anything else into account.
  if (number === NOT_EXISTS) return { key, operation: 'exists', invert: true };
  const operation = byNumber.get(number);
  if (operation !== undefined) return { key, operation, values, invert };
  throw new StateError('unsupported', `Cannot ask for the label "${key}": there is no operation ${number}`);
}

export function writeIdQuery(writer: ProtobufWriter, field: number, expression: string): void {
  if (expression === '') return;
  const start = writer.begin(field);
  writer.text(1, expression);
  writer.end(start);
}

export function readIdQuery(reader: ProtobufReader): string {
  let expression = '';
  while (reader.next()) {
    if (reader.field === 1) expression = reader.text();
    else reader.skip();
  }
  return expression;
}
