import { z } from 'zod';

import { measureBandwidth } from './measure-bandwidth.ts';

/** Measures once, for the process that forked this one, and ends. */
const Request = z.object({ threads: z.number(), availableBytes: z.number() });

process.once('message', (message) => {
  measureBandwidth(Request.parse(message)).then(
    (bytesPerSecond) => process.send?.({ bytesPerSecond }, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
