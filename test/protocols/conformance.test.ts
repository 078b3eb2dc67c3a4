import { lines, plainText } from 'chathub';
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

describe('plainText keeps the contract of protocols', () => {
  const frames = ['hello', '/not a command', ''];
  for (const { name, run } of protocolConformance({ create: plainText, frames })) test(name, run);
});
