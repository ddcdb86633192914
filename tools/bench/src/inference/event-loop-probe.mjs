// Loaded into the agent by the benchmark (`--import`): prints the event-loop delay since the last SIGUSR2, in milliseconds.
// Plain JavaScript, because stripping types would put a compiler into the very process whose memory is measured.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

// The histogram holds the whole interval between two looks; what is over the asked interval is the delay.
const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

process.on('SIGUSR2', () => {
  const { max } = delay;
  const line = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(max) };
  delay.reset();
  process.stderr.write(`event-loop-delay ${JSON.stringify(line)}\n`);
});
