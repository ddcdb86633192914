import { Alert, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { toFlotillaError } from '@flotilla/contracts';

interface PageProps {
  title: string;
  subtitle?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

export function Page({ title, subtitle, action, children }: PageProps) {
  return (
    <Stack gap="lg" maw={1240} mx="auto">
      <Group justify="space-between" align="flex-end" gap="sm">
        <div style={{ minWidth: 0 }}>
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {subtitle !== undefined && (
            <Text component="div" c="dimmed" mt={4}>
              {subtitle}
            </Text>
          )}
        </div>
        {action}
      </Group>
      {children}
    </Stack>
  );
}

interface LoadedProps<T> {
  query: { data: T | undefined; error: Error | null; isPending: boolean };
  children: (data: T) => ReactNode;
}

/** Shows a query's answer, a skeleton before it, or why there is none. */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) {
    return (
      <Stack aria-busy="true" aria-label="Loading">
        <Skeleton height={96} />
        <Skeleton height={220} />
      </Stack>
    );
  }
  return <ProblemAlert error={query.error} />;
}

/** A refusal with what would change it. */
export function ProblemAlert({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const problem = toFlotillaError(error);
  return (
    <Alert color="red" variant="light" title={problem.message} role="alert">
      {typeof problem.details.fix === 'string' ? problem.details.fix : `Code: ${problem.code}`}
    </Alert>
  );
}
