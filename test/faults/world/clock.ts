/** Sets the clock of this process wrong, as one is that nobody sets. What measures time from some start goes on as it did. */
export function setClockAhead(ms: number): void {
  const { now } = Date;
  const shifted = () => now() + ms;
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, own) => Reflect.construct(target, args.length === 0 ? [shifted()] : args, own) as object,
    apply: () => new Date(shifted()).toString(),
    get: (target, name) => (name === 'now' ? shifted : (Reflect.get(target, name) as unknown)),
  });
}
