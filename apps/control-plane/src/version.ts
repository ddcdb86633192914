/** Of the program; the same as the workspace's. */
export const VERSION = '0.1.0';
