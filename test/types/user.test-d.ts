import { type AuthenticateRequest, ChatError, ChatHub, type HubOptions, type Member } from 'chathub';
import { expectTypeOf, test } from 'vitest';

interface Account {
  readonly id: string;
  readonly name: string;
  readonly admin: boolean;
}

const ali: Account = { id: 'ali', name: 'Ali', admin: true };

test('the user is what `authenticate` returns, where it stands first', () => {
  const hub = new ChatHub({
    policies: {
      authenticate: ({ token }) => (token === 'sesame' ? { id: 'ali', admin: true } : null),
      join: ({ member }) => {
        expectTypeOf(member.user).toEqualTypeOf<{ id: string; admin: boolean }>();
        return member.user.admin;
      },
    },
  });
  expectTypeOf(hub).toEqualTypeOf<ChatHub<{ id: string; admin: boolean }>>();
  hub.on('connect', ({ member }) => expectTypeOf(member.user.admin).toEqualTypeOf<boolean>());
});

test('the user is what the promise of `authenticate` holds', () => {
  const hub = new ChatHub({
    policies: {
      authenticate: async ({ token, signal }) => {
        expectTypeOf(token).toEqualTypeOf<string | undefined>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return token === undefined ? null : ali;
      },
      send: ({ member, message }) => {
        expectTypeOf(member).toEqualTypeOf<Member<Account>>();
        return member.user.admin ? message : null;
      },
    },
  });
  expectTypeOf(hub).toEqualTypeOf<ChatHub<Account>>();
});

test('the user is found wherever `authenticate` stands, when it is a reference or its parameter has a type', () => {
  const authenticate = ({ token }: AuthenticateRequest): Account | null => (token === undefined ? null : ali);
  const byReference = new ChatHub({
    policies: { join: ({ member }) => member.user.admin, authenticate },
  });
  expectTypeOf(byReference).toEqualTypeOf<ChatHub<Account>>();
  const annotated = new ChatHub({
    policies: { nick: ({ member }) => member.user.admin, authenticate: (_: AuthenticateRequest) => ali },
  });
  expectTypeOf(annotated).toEqualTypeOf<ChatHub<Account>>();
});

test('the user has an id and no more where nobody says who it is', () => {
  const hub = new ChatHub();
  expectTypeOf(hub).toEqualTypeOf<ChatHub<{ readonly id: string }>>();
  hub.on('join', ({ member }) => {
    expectTypeOf(member.user.id).toEqualTypeOf<string>();
    // @ts-expect-error Nobody knows of a name.
    member.user.name;
  });
  const options: HubOptions<Account> = {};
  expectTypeOf(new ChatHub(options)).toEqualTypeOf<ChatHub<Account>>();
});

test('a policy can’t use what the user does not have', () => {
  new ChatHub({
    policies: {
      authenticate: () => ali,
      // @ts-expect-error An account has no colour.
      join: ({ member }) => member.user.colour === 'red',
      // @ts-expect-error A string is no boolean.
      nick: ({ member }) => member.user.name,
      // @ts-expect-error A message has a text.
      send: () => ({ data: 1 }),
      // @ts-expect-error Who is asked for must decide: nothing is no answer here.
      read: () => undefined,
    },
  });
});

test('a policy does not decide who the user is', () => {
  const hub = new ChatHub({
    policies: {
      authenticate: () => ({ id: 'ali' }),
      // @ts-expect-error Only `authenticate` says what a user is.
      join: ({ member }: { readonly member: Member<Account> }) => member.user.admin,
    },
  });
  expectTypeOf(hub).toEqualTypeOf<ChatHub<{ id: string }>>();
});

test('a user must have an id', () => {
  new ChatHub({
    policies: {
      // @ts-expect-error No id.
      authenticate: () => ({ name: 'Ali' }),
    },
  });
  new ChatHub({
    policies: {
      // @ts-expect-error An id is a string.
      authenticate: () => ({ id: 7 }),
    },
  });
  new ChatHub({
    policies: {
      // @ts-expect-error Nobody is null, not undefined.
      authenticate: () => undefined,
    },
  });
  // @ts-expect-error No id.
  expectTypeOf<ChatHub<{ name: string }>>();
});

test('policies may be sync or async, and throw', () => {
  new ChatHub({
    policies: {
      authenticate: () => {
        throw new ChatError('UNAUTHENTICATED');
      },
      join: async () => {},
      send: async ({ message }) => ({ ...message, text: message.text.trim() }),
      nick: () => {},
      direct: () => null,
      read: async () => true,
      list: () => true,
      moderate: async ({ action, target }) => {
        expectTypeOf(action).toEqualTypeOf<'kick' | 'ban' | 'mute' | 'unban' | 'unmute' | 'edit' | 'delete'>();
        expectTypeOf(target).toEqualTypeOf<{ readonly user: string; readonly name: string }>();
        return false;
      },
    },
  });
});
