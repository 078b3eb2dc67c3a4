import { expect, test } from 'vitest';
import type { Context } from '../../src/hub/context.js';
import { Sanctions } from '../../src/hub/sanctions.js';
import { stillClock } from './set-up.js';

// In a room that is never empty, each guest that was once mute for a minute was remembered for as long as the room was.
test('bans and mutes that are over are forgotten, though their users never come again', async () => {
  const clock = stillClock();
  const sanctions = new Sanctions('lobby', { clock } as unknown as Context, () => undefined);
  const who = (user: string) => ({ user, member: 'm1', remoteAddress: undefined });
  const learn = (user: string, until: number | null) => sanctions.learn(`mute/${user}`, { until, reason: null });
  learn('troll', null);
  for (let count = 0; count < 5_000; count++) {
    learn(`guest-${count}`, clock.now() + 60_000);
    await clock.advance(1_000);
  }
  // A minute's worth, and some that wait to be looked at.
  expect(sanctions.size).toBeLessThan(200);
  expect(() => sanctions.checkMute(who('troll'))).toThrow('You may not speak here.');
  expect(() => sanctions.checkMute(who('guest-4999'))).toThrow();
  expect(() => sanctions.checkMute(who('guest-4000'))).not.toThrow();
});
