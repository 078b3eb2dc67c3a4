/** Milliseconds. More than 3,000 years: from any day on it ends on one that a `Date` can be, and that every engine can count to. */
export const longestDuration = 1e14;
