import type { Problem } from '../../cli/admin/answers.js';

/** Longer, and somebody who looks would think that nothing happens. */
const patienceMs = 10_000;

/** What went wrong, for people. */
export class ApiError extends Error implements Problem {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Asks the server; the token goes along in a header, and nowhere else. */
export class Api {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  /** @throws ApiError */
  get<T>(name: string, query: { readonly [name: string]: string | number } = {}): Promise<T> {
    const text = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)])).toString();
    return this.#ask(text === '' ? name : `${name}?${text}`, {}) as Promise<T>;
  }

  /** @throws ApiError */
  post<T>(name: string, body: object): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    return this.#ask(name, { method: 'POST', headers, body: JSON.stringify(body) }) as Promise<T>;
  }

  async #ask(path: string, { headers, ...init }: RequestInit): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`admin/api/${path}`, {
        ...init,
        headers: { ...headers, Authorization: `Bearer ${this.#token}` },
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
      });
    } catch {
      throw new ApiError('UNREACHABLE', 'The server does not answer.');
    }
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body;
    throw problemIn(body, response.status);
  }
}

/** A proxy in between may answer with something else. */
function problemIn(body: unknown, status: number): ApiError {
  const { code, message } = (body ?? {}) as Partial<Problem>;
  if (typeof code === 'string' && typeof message === 'string') return new ApiError(code, message);
  return new ApiError('UNREACHABLE', `The server answers with ${status}, and nothing else.`);
}

export function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.message : 'Something went wrong in this page.';
}
