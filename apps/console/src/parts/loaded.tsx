import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemAlert } from './problem-alert.tsx';

interface LoadedProps<T> {
  query: { data: T | undefined; error: Error | null; isPending: boolean };
  children: (data: T) => ReactNode;
}

/** Shows a query's answer, a skeleton before it, or why there is none. */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) {
    return (
      <Stack aria-busy="true" role="status" aria-label="Loading">
        <Skeleton height={96} />
        <Skeleton height={220} />
      </Stack>
    );
  }
  return <ProblemAlert error={query.error} />;
}
