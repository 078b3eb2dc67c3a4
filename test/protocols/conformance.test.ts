import { json, lines, plainText } from 'chathub';
import { protocolConformance } from 'chathub/testing';
import { describe, test } from 'vitest';

describe('lines keeps the contract of protocols', () => {
  const frames = [
    'hello',
    '//escaped',
    '/help',
    '/nick alice',
    '/auth TOKEN',
    '/resume TOKEN',
    '/join lobby',
    '/join lobby 20',
    '/leave lobby',
    '/rooms',
    '/who lobby',
    '/msg bob psst',
    '/history 5',
    '/me waves',
    '/kick bob too loud',
    '/mute bob 5 spam',
    '/switch lobby',
    '/quit so long',
  ];
  for (const { name, run } of protocolConformance({ create: lines, frames })) test(name, run);
});

describe('json keeps the contract of protocols', () => {
  const place = { epoch: 'k3x', offset: 15 };
  const frames = [
    { type: 'hello', id: 1, token: 'sesame', name: 'alice', session: 'SECRET', rooms: { lobby: place, '@': place } },
    { type: 'join', id: 'x', room: 'lobby', after: place },
    { type: 'join', room: 'lobby', history: 10 },
    { type: 'leave', room: 'lobby' },
    { type: 'send', room: 'lobby', text: 'hello', action: true, data: { a: [1, null] }, key: 'k', repeat: true },
    { type: 'direct', to: 'bob', text: 'psst', data: 1, key: 'k', repeat: false },
    { type: 'signal', room: 'lobby', name: 'typing', data: null },
    { type: 'request', name: 'weather', data: { city: 'Porto' } },
    { type: 'history', room: 'lobby', before: 40, epoch: 'k3x', limit: 5 },
    { type: 'history', with: 'bob', after: 0 },
    { type: 'members', room: 'lobby' },
    { type: 'rooms' },
    { type: 'nick', name: 'robert' },
    { type: 'refresh', token: 'sesame' },
    { type: 'kick', room: 'lobby', member: 'bob', reason: 'loud' },
    { type: 'ban', room: 'lobby', member: 'bob', seconds: 60 },
    { type: 'mute', room: 'lobby', member: 'bob', seconds: 0.5 },
    { type: 'quit' },
    { type: 'ping', id: 0 },
  ].map((command) => JSON.stringify(command));
  for (const { name, run } of protocolConformance({ create: json, frames })) test(name, run);
});

describe('plainText keeps the contract of protocols', () => {
  const frames = ['hello', '/not a command', ''];
  for (const { name, run } of protocolConformance({ create: plainText, frames })) test(name, run);
});
