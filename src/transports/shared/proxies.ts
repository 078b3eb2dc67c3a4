import { AddressRanges } from '../../model/addresses.js';

/** Stands in a list for the peers of a Unix socket, which have no address. */
const unix = 'unix';

/** The proxies that are believed when they say whom they speak for. */
export class Proxies {
  readonly #ranges: AddressRanges;
  readonly #unix: boolean;
  /** Nobody is believed. */
  readonly none: boolean;

  /**
   * @param list - addresses, ranges, `loopback`, `unix`
   * @throws RangeError with the text that is none of these
   */
  constructor(list: readonly string[] = []) {
    this.#ranges = new AddressRanges(list.filter((text) => text !== unix));
    this.#unix = list.includes(unix);
    this.none = list.length === 0;
  }

  /** @param address - undefined for the peer of a Unix socket */
  has(address: string | undefined): boolean {
    return address === undefined ? this.#unix : this.#ranges.has(address);
  }
}
