/** A token bucket: `rate` tokens a second, at most `burst` at once. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Milliseconds until a token is there; 0 when there is one now. */
  wait(now: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0;
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1_000) * this.#rate);
    this.#at = now;
    // A hair below a whole token is one: otherwise rounding costs a timer of a fraction of a millisecond.
    return this.#tokens >= 1 - 1e-6 ? 0 : Math.ceil(((1 - this.#tokens) / this.#rate) * 1_000);
  }

  take(): void {
    this.#tokens -= 1;
  }
}
