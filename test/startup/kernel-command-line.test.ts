import { expect, test } from 'vitest';
import { parseKernelCommandLine } from '../../src/startup/kernel-command-line.ts';

test.each([
  ['', {}],
  ['quiet console=tty0\n', { quiet: '', console: 'tty0' }],
  ['console=tty0 console=ttyS0,115200', { console: 'ttyS0,115200' }],
  ['organization="my farm" "zerotier=a b" x=1=2', { organization: 'my farm', zerotier: 'a b', x: '1=2' }],
  ['empty= name=""', { empty: '', name: '' }],
  ['ro -- single', { ro: '' }],
  ['open="to the end', { open: 'to the end' }],
])('parseKernelCommandLine() reads %j', (text, options) => {
  expect(Object.fromEntries(parseKernelCommandLine(text))).toEqual(options);
});
