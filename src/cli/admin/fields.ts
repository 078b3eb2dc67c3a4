import type { Sanctioned } from '../../index.js';
import { Refusal } from './problems.js';

/** Names, ids and reasons. */
const longest = 512;

const kinds = ['user', 'member', 'address'] as const;

/** What an action was asked with. */
export class Fields {
  readonly #object: { readonly [name: string]: unknown };

  /**
   * @param allowed - what there may be. Anything else is refused: a ban from a `rom` would be a ban from everywhere
   * @throws Refusal
   */
  constructor(object: object, allowed: readonly string[]) {
    const unknown = Object.keys(object).find((name) => !allowed.includes(name));
    if (unknown !== undefined) throw wrong(`There is no field ${JSON.stringify(unknown.slice(0, 40))} here.`);
    this.#object = object as { readonly [name: string]: unknown };
  }

  /** @throws Refusal when it is missing or empty */
  text(name: string): string {
    const text = this.optionalText(name);
    if (text !== undefined) return text;
    throw wrong(`"${name}" must be a text that is not empty.`);
  }

  /** Undefined when it is missing, null or empty. */
  optionalText(name: string, most = longest): string | undefined {
    const value = this.#get(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw wrong(`"${name}" must be a text.`);
    if (value.length > most) throw new Refusal(400, 'TOO_LONG', `"${name}" may have ${most} characters.`);
    return value;
  }

  /** Undefined when it is missing or null. */
  optionalNumber(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number') throw wrong(`"${name}" must be a number.`);
    return value;
  }

  isTrue(name: string): boolean {
    return this.#get(name) === true;
  }

  /** @throws Refusal for what names nobody, or several */
  whom(): Sanctioned {
    const value = this.#get('whom');
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const kind = kinds.find((name) => name === names[0]);
    if (kind === undefined || names.length !== 1)
      throw wrong('"whom" must be one of {"user":…}, {"member":…} and {"address":…}.');
    return { [kind]: new Fields(value as object, kinds).text(kind) } as unknown as Sanctioned;
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }
}

/** What a list was asked for with, in the query of the URL. */
export class Query {
  readonly #parameters: URLSearchParams;

  /** @param url - as it came, which may be nonsense */
  constructor(url: string) {
    const at = url.indexOf('?');
    this.#parameters = new URLSearchParams(at === -1 ? '' : url.slice(at + 1));
  }

  /** Empty when it is missing. */
  text(name: string): string {
    const text = this.#parameters.get(name) ?? '';
    if (text.length > longest) throw new Refusal(400, 'TOO_LONG', `"${name}" may have ${longest} characters.`);
    return text;
  }

  /** One of these; the first when it is missing. */
  oneOf<Name extends string>(name: string, values: readonly [Name, ...Name[]]): Name {
    const text = this.text(name);
    if (text === '') return values[0];
    const found = values.find((value) => value === text);
    if (found === undefined) throw wrong(`"${name}" must be one of ${values.join(', ')}.`);
    return found;
  }

  isTrue(name: string): boolean {
    return this.text(name) === 'true';
  }

  /** Which part of a list. */
  get window(): Window {
    return { offset: this.#whole('offset', 0, 0, 1_000_000_000), limit: this.#whole('limit', 50, 1, 100) };
  }

  #whole(name: string, byDefault: number, least: number, most: number): number {
    const text = this.text(name);
    if (text === '') return byDefault;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw wrong(`"${name}" must be a whole number from ${least} to ${most}.`);
  }
}

/** Which part of a list. */
export interface Window {
  readonly offset: number;
  readonly limit: number;
}

function wrong(message: string): Refusal {
  return new Refusal(400, 'BAD_COMMAND', message);
}
