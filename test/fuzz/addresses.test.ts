import { virtualClock } from 'chathub/testing';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { Admission } from '../../src/hub/admission.js';
import { resolveLimits } from '../../src/model/limits.js';
import { text } from './hostile.js';
import { fuzz } from './runs.js';

const limits = resolveLimits({ connectsPerMinute: 1 });

/** Whether somebody at the second address is taken for somebody at the first, who has come as often as it may. */
function countTogether(one: string, other: string): boolean {
  const admission = new Admission(limits, virtualClock());
  admission.admit(one);
  return admission.refusal(other) !== undefined;
}

const group = fc.oneof(fc.constantFrom(0, 0, 1, 0xffff), fc.nat(0xffff));
const groups = fc.tuple(group, group, group, group, group, group, group, group);

/** An IPv6 address in one of the ways in which it may be written (RFC 4291, 2.2). */
const written = (all: readonly number[]) =>
  fc.record({ shortens: fc.nat(7), capitals: fc.boolean(), zeros: fc.boolean(), zone: fc.boolean() }).map((how) => {
    const hex = all.map((each) => each.toString(16).padStart(how.zeros ? 4 : 1, '0'));
    let address = hex.join(':');
    let end = how.shortens;
    while (end < 8 && all[end] === 0) end++;
    if (end > how.shortens) address = `${hex.slice(0, how.shortens).join(':')}::${hex.slice(end).join(':')}`;
    return (how.capitals ? address.toUpperCase() : address) + (how.zone ? '%eth0' : '');
  });

describe('addresses from which too many come', () => {
  fuzz(
    'are the same for all of a /64, however they are written, and for nobody else',
    fc.property(
      groups.chain((all) =>
        fc.tuple(fc.constant(all), fc.nat(7), group, written(all)).chain(([all, at, other, first]) => {
          const moved = all.map((each, index) => (index === at ? other : each));
          return fc.tuple(fc.constant(first), fc.constant(all), fc.constant(moved), written(moved));
        }),
      ),
      ([first, all, moved, second]) => {
        fc.pre(![all, moved].some((each) => each.slice(0, 7).every((part) => part === 0)));
        const isSame = all.slice(0, 4).join() === moved.slice(0, 4).join();
        expect(countTogether(first, second)).toBe(isSame);
      },
    ),
  );

  fuzz(
    'are the same for one of IPv4 as for what a socket for both makes of it, and for no other',
    fc.property(fc.ipV4(), fc.ipV4(), (one, other) => {
      fc.pre(!one.startsWith('127.') && !other.startsWith('127.'));
      expect(countTogether(one, `::ffff:${one}`)).toBe(true);
      expect(countTogether(`::FFFF:${one}`, one)).toBe(true);
      expect(countTogether(one, other)).toBe(one === other);
      expect(countTogether(`::ffff:${one}`, `::ffff:${other}`)).toBe(one === other);
    }),
  );

  fuzz(
    'may be anything a transport says: nothing is thrown but the refusal',
    fc.property(
      fc.oneof(text, fc.ipV6(), fc.constantFrom('', '::', ':', '%', ':::', '1:2:3:4:5:6:7:8:9')),
      (address) => {
        const admission = new Admission(limits, virtualClock());
        expect(admission.refusal(address)).toBeUndefined();
        const leave = admission.admit(address);
        leave();
        leave();
        expect(admission.size).toBeLessThanOrEqual(1);
      },
    ),
  );
});
