import { expect, test } from 'vitest';

import { ContainerUsers, type UserNamespaces } from '../../../src/containers/oci/container-users.ts';

const OWN = { uid: 600_000, gid: 600_000, size: 65_536 };

function usersWhere(userNamespaces: UserNamespaces, mayShareUsers: boolean, trouble?: string) {
  const told: string[] = [];
  const users = new ContainerUsers({
    settings: () => ({ userNamespaces, mayShareUsers }),
    idMap: () => Promise.resolve(OWN),
    trouble: () => Promise.resolve(trouble),
    onTrouble: (why) => told.push(why),
  });
  return { told, of: (wish?: 'own' | 'host') => users.of({ name: 'web', ...(wish && { users: wish }) }) };
}

test('a container has users of its own unless it asks for the machine’s and may', async () => {
  expect(await usersWhere('auto', false).of()).toEqual(OWN);
  expect(await usersWhere('always', true).of('own')).toEqual(OWN);
  expect(await usersWhere('auto', true).of('host')).toBeUndefined();
  await expect(usersWhere('auto', false).of('host')).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('"containers.host_users" is false') as string,
  });
  expect(await usersWhere('never', false).of()).toBeUndefined();
});

test('where users can not be mapped, the machine’s are used and that is told once, unless own ones are a must', async () => {
  const { told, of } = usersWhere('auto', false, 'there are no namespaces');
  expect([await of(), await of()]).toEqual([undefined, undefined]);
  expect(told).toEqual(['there are no namespaces']);
  await expect(usersWhere('always', true, 'there are no namespaces').of()).rejects.toMatchObject({
    code: 'not-able',
    message: expect.stringContaining('there are no namespaces') as string,
  });
});
