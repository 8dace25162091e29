/** All modes of what has several, which takes some ten minutes more than one of each. */
export const isThorough = process.env['HOLDPOINT_THOROUGH'] === '1';
