// What there is in the chat of a soak: no more of each, so that what is kept of them comes to its bound.

/** @param {string} stem @param {number} count */
const some = (stem, count) => Array.from({ length: count }, (_, index) => `${stem}-${index}`);

/** Rooms that residents stay in. */
export const homes = some('home', 4);
export const rooms = [...homes, ...some('room', 20)];
/** Users that visitors come as. Residents have users of their own. */
export const users = some('user', 10);
