import type { Overview } from '../../cli/admin/answers.js';
import { byId, setText } from '../dom.js';
import { Api, sentenceOf } from './api.js';
import { App } from './app.js';

/** Where this tab keeps the token until it is closed. Other tabs and other origins do not see it. */
const key = 'chathub.admin';

const login = byId('login', HTMLElement);
const field = byId('login-token', HTMLInputElement);
const fault = byId('login-error', HTMLElement);

byId('login-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void enter(field.value.trim());
});
byId('logout-button', HTMLButtonElement).addEventListener('click', () => {
  keep(undefined);
  location.reload();
});

const kept = attempt(() => sessionStorage.getItem(key));
if (kept) void enter(kept);
else ask('');

/** Comes in if the token is the right one. What can't stand in a header is none. */
async function enter(token: string): Promise<void> {
  if (!/^[\x21-\x7e]*$/.test(token)) {
    ask('A token has letters, digits and signs of ASCII, and no spaces.');
    return;
  }
  const api = new Api(token);
  try {
    await api.get<Overview>('overview');
  } catch (error) {
    ask(sentenceOf(error));
    return;
  }
  keep(token);
  login.hidden = true;
  new App(api, () => {
    keep(undefined);
    location.reload();
  });
}

function ask(why: string): void {
  login.hidden = false;
  setText(fault, why);
  field.focus();
  field.select();
}

function keep(token: string | undefined): void {
  attempt(() => (token === undefined ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, token)));
}

/** A browser may refuse to keep anything: the token is asked for again then. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
