import { virtualClock } from 'chathub/testing';
import { expect, test } from 'vitest';
import { jsonHub } from './json-hub.js';

const never = Number.POSITIVE_INFINITY;

// The window ran out while the join policy was being asked, and the client was told that another connection had its session: for good.
test('a session does not run out while it is being taken up, however long that takes', async () => {
  const clock = virtualClock();
  let isSlow = false;
  let ask = () => {};
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const join = async () => {
    if (!isSlow) return;
    ask();
    await answered;
  };
  const limits = { policyTimeout: never, helloTimeout: never };
  const { enter, dial } = await jsonHub({ clock, policies: { join }, limits });
  const alice = await enter({ name: 'alice' });
  await alice.client.request('joined', { type: 'join', room: 'lobby' });
  alice.client.cut();
  await alice.client.closed();
  await clock.advance(20_000);
  isSlow = true;
  const client = dial('chathub.v1.json');
  const welcome = client.request('welcome', { type: 'hello', session: alice.session });
  await asked;
  await clock.advance(60_000);
  answer();
  expect(await welcome).toMatchObject({ resumed: true, member: alice.member, rooms: { lobby: { count: 1 } } });
});
