import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProxyHeader } from '../../../src/transports/tcp/proxy-header.js';

const ascii = (text: string) => Buffer.from(text, 'latin1');
const signature = ascii('\r\n\r\n\0\r\nQUIT\n');

/** A binary header, with what it is to say of its own length. */
function binary(command: number, family: number, addresses: Uint8Array, length = addresses.length): Buffer {
  return Buffer.concat([signature, Buffer.of(command, family, length >> 8, length & 0xff), addresses]);
}

const ipv4 = Buffer.of(192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x67, 0x1b, 0x58);
const ipv6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.alloc(16),
  Buffer.of(0, 80, 0, 90),
]);

describe('a PROXY header', () => {
  test.each<[string, Buffer, object | undefined]>([
    ['of IPv4', ascii('PROXY TCP4 192.0.2.1 192.0.2.2 4711 7000\r\n'), { address: '192.0.2.1', port: 4711 }],
    ['of IPv6', ascii('PROXY TCP6 2001:db8::1 2001:db8::2 80 90\r\n'), { address: '2001:db8::1', port: 80 }],
    ['of IPv4 in IPv6', ascii('PROXY TCP6 ::ffff:192.0.2.1 ::1 80 90\r\n'), { address: '192.0.2.1', port: 80 }],
    ['of who knows', ascii('PROXY UNKNOWN ffff:f...f 65535\r\n'), undefined],
    ['of who knows, in short', ascii('PROXY UNKNOWN\r\n'), undefined],
    ['in binary, of IPv4', binary(0x21, 0x11, ipv4), { address: '192.0.2.1', port: 4711 }],
    ['in binary, of IPv6', binary(0x21, 0x21, ipv6), { address: '2001:db8::1', port: 80 }],
    [
      'in binary, with more behind the addresses',
      binary(0x21, 0x11, Buffer.concat([ipv4, Buffer.alloc(84)])),
      { port: 4711 },
    ],
    ['in binary, of a proxy for itself', binary(0x20, 0x00, Buffer.alloc(0)), undefined],
    ['in binary, of a proxy for itself that gives addresses all the same', binary(0x20, 0x11, ipv4), undefined],
    ['in binary, of a Unix socket', binary(0x21, 0x31, Buffer.alloc(216)), undefined],
  ])('%s is read, up to where it ends, when the last byte has come', (_what, header, source) => {
    const read = readProxyHeader(Buffer.concat([header, ascii('/join lobby\r\n')]));
    expect(read).toMatchObject({ length: header.length });
    if (source === undefined) expect(read).toMatchObject({ source: undefined });
    else expect(read).toMatchObject({ source });
    for (let length = 0; length < header.length; length++)
      expect(readProxyHeader(header.subarray(0, length)), `of ${length} bytes`).toBe('more');
  });

  test.each<[string, Buffer]>([
    ['anything else', ascii('/join lobby\r\n')],
    ['another case', ascii('proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['a line that ends with LF', ascii('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n')],
    ['a line that does not end', ascii(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
    ['another family', ascii('PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['an address of the other family', ascii('PROXY TCP4 2001:db8::1 192.0.2.2 1 2\r\n')],
    ['no address', ascii('PROXY TCP4\r\n')],
    ['an address with a name', ascii('PROXY TCP4 localhost 192.0.2.2 1 2\r\n')],
    ['an octal address', ascii('PROXY TCP4 192.0.2.010 192.0.2.2 1 2\r\n')],
    ['a port too large', ascii('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n')],
    ['a port with a sign', ascii('PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n')],
    ['two spaces', ascii('PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n')],
    ['a word too many', ascii('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n')],
    ['version 1 in binary', binary(0x11, 0x11, ipv4)],
    ['an unknown command', binary(0x22, 0x11, ipv4)],
    ['an unknown family', binary(0x21, 0x12, ipv4)],
    ['addresses that are too short', binary(0x21, 0x21, ipv4)],
    ['a length that nobody needs', binary(0x21, 0x11, Buffer.alloc(0), 4_097)],
  ])('is not %s', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toBe('bad');
  });

  test('is never read out of noise, which is told to be none within its first bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 256, maxLength: 256 }),
        fc.constantFrom('', 'PROXY ', 'PROXY TCP4 '),
        (noise, start) => {
          const read = readProxyHeader(Buffer.concat([ascii(start), noise]));
          expect(read).toBe('bad');
        },
      ),
    );
  });
});
