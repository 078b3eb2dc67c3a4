import type { Engine, Presence } from '../../../src/ports/engine.js';

const traced: readonly (keyof Presence)[] = [
  'openSession',
  'takeSession',
  'endSession',
  'peekSession',
  'enter',
  'leave',
];

/** The same engine, which tells what becomes of sessions: to find out where one was lost. */
export function tracing(engine: Engine, tell: (line: string) => void): Engine {
  return {
    ...engine,
    async open(context) {
      const opened = await engine.open({
        ...context,
        onLoss: (loss) => {
          tell(`lost ${JSON.stringify(loss)}`);
          context.onLoss?.(loss);
        },
      });
      return Object.assign(opened, { presence: tracingPresence(opened.presence, tell) });
    },
  };
}

function tracingPresence(presence: Presence, tell: (line: string) => void): Presence {
  return new Proxy(presence, {
    get(target, name: keyof Presence) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      if (!traced.includes(name)) return method.bind(target);
      return async (...args: unknown[]) => {
        const say = (what: string) => tell(`${name} ${JSON.stringify(args)} ${what}`);
        say('…');
        try {
          const result = await method.apply(target, args);
          say(`gave ${JSON.stringify(result)}`);
          return result;
        } catch (error) {
          say(`threw ${String(error)}`);
          throw error;
        }
      };
    },
  });
}
