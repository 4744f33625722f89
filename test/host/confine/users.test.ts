import { writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { findUser, type UserRequest } from '../../../src/host/confine/users.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
+::::::
ann:x:1000:100:Ann,,,:/home/ann:/bin/zsh
bob:x:1001:100::  :
7:x:1007:107::/home/seven:
`;

const GROUP = `root:x:0:
users:x:100:
disk:x:6:ann,bob
audio:x:29:bob
`;

async function find(request: UserRequest) {
  await using directory = tempDir();
  writeFileSync(directory.at('passwd'), PASSWD);
  writeFileSync(directory.at('group'), GROUP);
  return await findUser(request, { passwd: directory.at('passwd'), group: directory.at('group') });
}

describe('findUser()', () => {
  test('knows a name with all that belongs to it', async () => {
    expect(await find({ user: 'ann' })).toEqual({
      type: 'user',
      uid: 1000,
      gid: 100,
      groups: [6],
      name: 'ann',
      home: '/home/ann',
      shell: '/bin/zsh',
    });
  });

  test('knows a number, by its entry when there is one', async () => {
    expect(await find({ user: '1000' })).toMatchObject({ uid: 1000, gid: 100, groups: [6], name: 'ann' });
    const stranger = { uid: 4242, gid: 4243, groups: [], name: undefined, home: '/', shell: undefined };
    expect(await find({ user: '4242:4243' })).toMatchObject(stranger);
  });

  test('takes a name that looks like a number for a name', async () => {
    expect(await find({ user: '7' })).toMatchObject({ uid: 1007, name: '7', shell: undefined });
  });

  test('takes a group and groups by name or number in place of the user’s own', async () => {
    expect(await find({ user: 'ann:audio' })).toMatchObject({ uid: 1000, gid: 29, groups: [6] });
    expect(await find({ user: 'ann', groups: ['audio', '77'] })).toMatchObject({ gid: 100, groups: [29, 77] });
    expect(await find({ user: 'bob', groups: [] })).toMatchObject({ groups: [] });
  });

  test.each([
    [{ user: 'eve' }, 'Cannot run a program as user "eve": it is not in /etc/passwd'],
    [{ user: '' }, 'user ""'],
    [{ user: '-1' }, 'user "-1"'],
    [{ user: '4294967295:1' }, 'user "4294967295"'],
    [{ user: '4242' }, 'user 4242 without a group: it has no entry in /etc/passwd: say "4242:GROUP"'],
    [{ user: 'ann:nope' }, 'group "nope": it is not in /etc/group'],
    [{ user: 'ann:' }, 'group ""'],
    [{ user: 'ann', groups: ['nope'] }, 'group "nope"'],
  ])('refuses %j, naming what is unknown', async (request, message) => {
    expect(await find(request)).toMatchObject({
      type: 'failed',
      failure: 'bad-arguments',
      message: expect.stringContaining(message) as string,
    });
  });

  test('knows nobody where there are no such files', async () => {
    expect(await findUser({ user: 'root' }, { passwd: '/none', group: '/none' })).toHaveProperty('failure');
    expect(await findUser({ user: '5:6' }, { passwd: '/none', group: '/none' })).toMatchObject({ uid: 5, gid: 6 });
  });
});
