/** All modes of what has several, which takes a quarter of an hour more than one of each. */
export const isThorough = process.env['HOLDPOINT_THOROUGH'] === '1';
