import { Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useSignIn } from '../api/queries.ts';
import { ProblemAlert } from '../parts/page.tsx';

/** Sign in with an access token. */
export function SignInPage({ notice }: { notice?: ReactNode }) {
  const [token, setToken] = useState('');
  const signIn = useSignIn();
  return (
    <Center mih="100dvh" p="md">
      <Paper component="main" withBorder p="xl" w="100%" maw={420} bg="var(--flotilla-panel)">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate(token.trim());
          }}
        >
          <Stack>
            <img src="/favicon.svg" width={44} height={44} alt="" />
            <div>
              <Title order={1}>Sign in to Flotilla</Title>
              <Text c="dimmed" size="sm" mt={4}>
                The admin&apos;s access token is in the file <Code>admin-token</Code> of the control
                plane&apos;s data folder.
              </Text>
            </div>
            {notice}
            <PasswordInput
              label="Access token"
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="current-password"
              data-autofocus
              required
            />
            <ProblemAlert error={signIn.error} />
            <Button type="submit" loading={signIn.isPending} disabled={token.trim() === ''}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
