import { type AuthenticateRequest, ChatError, type HubOptions, type SendDraft } from 'chathub';
import type { World } from './world.js';

/** Who logs in. */
export interface TestUser {
  readonly id: string;
  readonly name?: string;
}

/** What a policy will say, and when. */
interface Verdict {
  /** Undefined: yes. */
  readonly code: 'FORBIDDEN' | 'UNAUTHENTICATED' | 'INTERNAL' | 'TIMEOUT' | undefined;
  readonly how: 'yes' | 'no' | 'refusal' | 'error' | 'never';
  /** In so many milliseconds; undefined: at once. */
  readonly after: number | undefined;
}

/** A question that a policy was asked. */
export interface Asked {
  readonly policy: string;
  /** The member's id; of `authenticate`, the token. */
  readonly who: string;
  readonly about: string;
  readonly moment: number;
  readonly code: Verdict['code'];
}

type Policies = NonNullable<HubOptions<TestUser>['policies']>;

/** Policies that let through, refuse, throw, answer late or never, as the dice say. */
export class LatePolicies {
  /** What was asked since the last quiet moment. */
  asked: Asked[] = [];
  /** Who waits for an answer now, by member id or token, and how often. One that never comes is not waited for for ever. */
  readonly waiting = new Map<string, number>();
  /** Errors that are meant to reach the hub's `error` event. */
  readonly planted = new Set<unknown>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get pending(): number {
    return this.waiting.size;
  }

  readonly all: Policies = {
    authenticate: (request: AuthenticateRequest) => this.#authenticate(request),
    join: ({ member, room }) => this.#decide('join', member.id, room, true, false),
    send: ({ member, message }) =>
      this.#decide<SendDraft | null | undefined>('send', member.id, message.text, this.#changed(message), null),
    nick: ({ member, name }) => this.#decide('nick', member.id, name, true, false),
    direct: ({ member, message }) =>
      this.#decide<SendDraft | null | undefined>('direct', member.id, message.text, undefined, null),
    read: ({ member, room }) => this.#decide('read', member.id, room, true, false) as boolean | Promise<boolean>,
    moderate: ({ member, room, action, target }) =>
      this.#decide('moderate', member.id, `${action} ${room} ${target.user}`, true, false) as
        | boolean
        | Promise<boolean>,
  };

  /** The codes of what a policy answered, since a moment. */
  codes(policy: string, who: string, about: string, moment: number): Set<Asked['code']> {
    const found = this.asked.filter(
      (asked) => asked.policy === policy && asked.who === who && asked.about === about && asked.moment > moment,
    );
    return new Set(found.map(({ code }) => code));
  }

  #changed(message: SendDraft): SendDraft | undefined {
    return this.#world.dice.chance(10) ? { ...message, text: `${message.text}!` } : undefined;
  }

  /** A token is `user#number`; the user `guest` is none, `bad` is refused. */
  #authenticate({ token = 'guest#0' }: AuthenticateRequest): TestUser | null | Promise<TestUser | null> {
    const user = token.split('#')[0] ?? '';
    if (user === 'bad') throw new ChatError('UNAUTHENTICATED');
    const found = user === 'guest' ? null : user.length % 2 === 0 ? { id: user } : { id: user, name: `The.${user}` };
    return this.#decide('authenticate', token, '', found, undefined) as TestUser | null;
  }

  #decide<T>(policy: string, who: string, about: string, yes: T, no: T | undefined): T | Promise<T> {
    const verdict = this.#verdict(policy);
    this.asked.push({ policy, who, about, moment: ++this.#world.model.moment, code: verdict.code });
    const answer = (): T => {
      if (verdict.how === 'yes') return yes;
      if (verdict.how === 'no' && no !== undefined) return no;
      if (verdict.how === 'error') {
        const error = new Error(`planted in ${policy}`);
        this.planted.add(error);
        throw error;
      }
      throw new ChatError(verdict.code ?? 'FORBIDDEN', 'planted');
    };
    return verdict.after === undefined ? answer() : this.#later(policy, who, verdict, answer);
  }

  #later<T>(policy: string, who: string, { after = 0, how }: Verdict, answer: () => T): Promise<T> {
    const { clock, limits } = this.#world;
    this.#world.count(`late.${policy}`);
    const wait = how === 'never' ? limits.policyTimeout : after;
    this.waiting.set(who, (this.waiting.get(who) ?? 0) + 1);
    return new Promise<void>((resolve) => {
      clock.after(wait, () => {
        const left = (this.waiting.get(who) ?? 1) - 1;
        if (left > 0) this.waiting.set(who, left);
        else this.waiting.delete(who);
        if (how !== 'never') resolve();
      });
    }).then(answer);
  }

  #verdict(policy: string): Verdict {
    const { dice } = this.#world;
    const after = dice.chance(30)
      ? dice.chance(97)
        ? dice.between(0, 1_500)
        : dice.between(9_000, 12_000)
      : undefined;
    const code = policy === 'authenticate' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
    const how = dice.weighted<Verdict['how']>([
      [90, 'yes'],
      [policy === 'authenticate' ? 0 : 4, 'no'],
      [4, 'refusal'],
      [2, 'error'],
      [after === undefined ? 0 : 0.5, 'never'],
    ]);
    const timeout = how === 'never' || (after ?? 0) > this.#world.limits.policyTimeout;
    if (timeout) return { how, after, code: 'TIMEOUT' };
    return { how, after, code: how === 'yes' ? undefined : how === 'error' ? 'INTERNAL' : code };
  }
}
