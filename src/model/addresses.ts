/** An IPv4 address stands among IPv6 ones behind these (RFC 4291, 2.5.5.2). */
const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The bits of an IPv6 address. */
const width = 128;

/** Addresses that begin with the same bits. */
interface Range {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/**
 * The 16 bytes of an IP address, an IPv4 one as it is mapped into IPv6; undefined when it is none. A zone (`%eth0`) is left out.
 *
 * @param text - as in `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`
 */
export function addressBytes(text: string): readonly number[] | undefined {
  if (!text.includes(':')) {
    const bytes = ipv4Bytes(text);
    return bytes && [...mapped, ...bytes];
  }
  const plain = text.split('%', 1)[0] ?? '';
  const halves = plain.split('::');
  if (halves.length > 2) return undefined;
  const head = groupBytes(halves[0] ?? '');
  const tail = groupBytes(halves[1] ?? '');
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // `::` stands for one group of zeros at least (RFC 5952, 4.2.2 advises against one; it is valid all the same).
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/**
 * What one customer gets, to count by: an IPv4 address, also where a socket for both gives it (RFC 4291, 2.5.5.2), or the /64 of an IPv6
 * one (RFC 6177, 2). What is no address stands for itself.
 */
export function customerOf(address: string): string {
  const bytes = addressBytes(address);
  if (bytes === undefined) return address;
  const isIPv4 = mapped.every((byte, index) => bytes[index] === byte);
  return (isIPv4 ? bytes.slice(mapped.length) : bytes.slice(0, 8)).join('.');
}

/** Whether it is an address of this machine alone. */
export function isLoopback(address: string): boolean {
  return loopback.has(address);
}

/**
 * Some IP addresses: single ones, ranges such as `192.0.2.0/24` and `2001:db8::/32` (RFC 4632, 3.1; RFC 4291, 2.3), and
 * `loopback` for this machine.
 */
export class AddressRanges {
  readonly #ranges: readonly Range[];

  /** @throws RangeError with the text that is none */
  constructor(texts: readonly string[]) {
    this.#ranges = texts.flatMap((text) => (text === 'loopback' ? loopbackRanges : [rangeOf(text)]));
  }

  has(address: string | undefined): boolean {
    const bytes = address === undefined ? undefined : addressBytes(address);
    return bytes !== undefined && this.#ranges.some((range) => contains(range, bytes));
  }
}

/** Whether a text names one address, or a range of them. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Whether an address is one of a range; false for what is no range. */
export function isAmong(address: string | undefined, range: string): boolean {
  return isAddressRange(range) && new AddressRanges([range]).has(address);
}

function rangeOf(text: string): Range {
  const range = parseRange(text);
  if (range === undefined) throw new RangeError(text);
  return range;
}

function parseRange(text: string): Range | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const bytes = addressBytes(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  if (length === undefined) return { bytes, bits: width };
  const most = address.includes(':') ? width : 32;
  if (!/^\d{1,3}$/.test(length) || Number(length) > most) return undefined;
  return { bytes, bits: width - most + Number(length) };
}

function contains({ bytes, bits }: Range, address: readonly number[]): boolean {
  for (let at = 0; at < 16; at++) {
    const shown = Math.min(8, bits - 8 * at);
    if (shown <= 0) return true;
    const shift = 8 - shown;
    if ((bytes[at] ?? 0) >> shift !== (address[at] ?? 0) >> shift) return false;
  }
  return true;
}

/** Strictly four decimal numbers: others mean other addresses to other programs, such as `010` for 8. */
function ipv4Bytes(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function groupBytes(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const dotted = index === groups.length - 1 && group.includes('.') ? ipv4Bytes(group) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[\da-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes.length > 16 ? undefined : bytes;
}

const loopbackRanges = [rangeOf('127.0.0.0/8'), rangeOf('::1')];
const loopback = new AddressRanges(['loopback']);
