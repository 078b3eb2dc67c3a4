import { expect, test } from 'vitest';
import { parseConnectOptions } from '../../../src/cli/connect/options.js';
import { parseTarget } from '../../../src/cli/connect/target.js';

test.each([
  [
    'tcp://127.0.0.1:8080',
    { protocol: 'lines', name: '127.0.0.1:8080', place: { host: '127.0.0.1', port: 8080 }, tls: false },
  ],
  ['tcp://[::1]:8080/', { protocol: 'lines', name: '[::1]:8080', place: { host: '::1', port: 8080 }, tls: false }],
  ['tls://chat.example.com:6697', { protocol: 'lines', name: 'chat.example.com:6697', tls: true }],
  [
    'unix:/run/chat.sock',
    { protocol: 'lines', name: 'unix:/run/chat.sock', place: { path: '/run/chat.sock' }, tls: false },
  ],
  ['ws://127.0.0.1:8081/chat', { protocol: 'json', url: 'ws://127.0.0.1:8081/chat' }],
  ['wss://chat.example.com/', { protocol: 'json', url: 'wss://chat.example.com/', name: 'chat.example.com/' }],
  ['http://127.0.0.1:8081', { protocol: 'json', url: 'ws://127.0.0.1:8081/chat' }],
  ['https://chat.example.com/talk?to=me#here', { protocol: 'json', url: 'wss://chat.example.com/talk?to=me' }],
])('%s says where the chat is', (text, target) => {
  expect(parseTarget(text)).toMatchObject(target);
});

test('flags and variables say who one is, and where to', () => {
  const args = [
    'tcp://h:1',
    '--room',
    'tea',
    '--room=ops',
    '--name',
    'alice',
    '--once',
    '--no-color',
    '--tls-ca',
    'ca.pem',
  ];
  expect(parseConnectOptions(args, { CHATHUB_TOKEN: 'sesame' })).toMatchObject({
    ...{ rooms: ['tea', 'ops'], name: 'alice', token: 'sesame', once: true, colours: false, ca: 'ca.pem' },
  });
  expect(parseConnectOptions(['tcp://h:1', '--token', 'other'], { CHATHUB_TOKEN: 'sesame' })).toMatchObject({
    ...{ rooms: [], name: undefined, token: 'other', once: false, colours: true, ca: undefined },
  });
  expect(parseConnectOptions(['tcp://h:1'], { CHATHUB_TOKEN: '' })).toMatchObject({ token: undefined });
  expect(parseConnectOptions(['--help'], {})).toBe('help');
});
