import { useEffect, useState } from 'react';
import { formatAgo, formatTime } from '../format/times.ts';

const STEP_MS = 10_000;

/** How long ago something was; the text keeps up with the clock. */
export function Ago({ at }: { at: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), STEP_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={new Date(at).toISOString()} title={formatTime(at)}>
      {formatAgo(at, Math.max(now, at))}
    </time>
  );
}
