/** Calls the application's code: what it throws, and what a promise it returns rejects with, goes to `onError` and nowhere else. */
export function guardedCall(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(onError);
  } catch (error) {
    onError(error);
  }
}
