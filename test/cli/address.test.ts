import { expect, test } from 'vitest';
import { pageUrl, parseAddress, telnetCommand } from '../../src/cli/address.js';

test.each([
  ['8080', '127.0.0.1', 8080],
  ['0', '127.0.0.1', 0],
  ['0.0.0.0:7000', '0.0.0.0', 7000],
  ['chat.example:65535', 'chat.example', 65_535],
  ['[::]:7000', '::', 7000],
  ['[fe80::1%eth0]:23', 'fe80::1%eth0', 23],
])('%s is an address', (text, host, port) => {
  expect(parseAddress(text, '--tcp')).toEqual({ host, port, tls: false });
});

test.each([
  ['unix:/run/chat.sock', { path: '/run/chat.sock', tls: false }],
  ['tls:unix:chat', { path: 'chat', tls: true }],
  ['fd:3', { fd: 3, tls: false }],
  ['tls:[::]:7443', { host: '::', port: 7_443, tls: true }],
])('%s is a place, too', (text, place) => {
  expect(parseAddress(text, '--tcp')).toEqual(place);
});

test.each([
  '',
  'unix:',
  'fd:',
  'fd:x',
  'tls:',
  'host',
  ':80',
  'a:b:80',
  '::1:80',
  '[]:80',
  '[::1]',
  '[::1]80',
  '65536',
  '-1',
  '8e3',
  ' 80',
  '80\n',
])('%j is none', (text) => {
  expect(() => parseAddress(text, '--tcp')).toThrow(`--tcp: expected [HOST:]PORT`);
});

test.each([
  ['tcp://127.0.0.1:8080', 'telnet 127.0.0.1 8080'],
  ['tcp://[::1]:8080', 'telnet ::1 8080'],
  ['tcp://0.0.0.0:8080', 'telnet 127.0.0.1 8080'],
  ['tcp://[::]:8080', 'telnet ::1 8080'],
  ['unix:/run/chat.sock', 'nc -U /run/chat.sock'],
  ['tls://0.0.0.0:7443', undefined],
  ['fd:3', undefined],
])('to %s the way is %s', (address, command) => {
  expect(telnetCommand(address)).toBe(command);
});

test.each([
  ['http://127.0.0.1:8081', 'http://127.0.0.1:8081/'],
  ['http://[::1]:8081', 'http://[::1]:8081/'],
  ['http://0.0.0.0:8081', 'http://127.0.0.1:8081/'],
  ['http://[::]:8081', 'http://[::1]:8081/'],
  ['https://0.0.0.0:8443', 'https://127.0.0.1:8443/'],
  ['unix:/run/web.sock', undefined],
])('what listens on %s is opened at %s', (address, url) => {
  expect(pageUrl(address)).toBe(url);
});
