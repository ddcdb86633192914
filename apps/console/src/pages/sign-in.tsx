import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useSignIn } from '../api/calls.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';

/** Sign in with an access token; the page that was asked for follows. */
export function SignInPage({ notice }: { notice?: ReactNode }) {
  const [token, setToken] = useState('');
  const signIn = useSignIn();
  const [search] = useSearchParams();
  useDocumentTitle('Sign in · Flotilla');
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={420} bg="var(--flotilla-panel)">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate(token.trim());
          }}
        >
          <Stack>
            <img src="/favicon.svg" width={40} height={40} alt="" />
            <div>
              <Title order={1}>Sign in to Flotilla</Title>
              <Text c="dimmed" size="sm" mt={4}>
                The admin&apos;s access token is in the file <Code>admin-token</Code> of the control
                plane&apos;s data folder.
              </Text>
            </div>
            {search.get('link') === 'spent' && <SpentLink />}
            {notice}
            <PasswordInput
              label="Access token"
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="current-password"
              autoFocus
              required
              withAsterisk={false}
              visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
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

/** Where the control plane sends a browser whose sign-in link does not work. */
function SpentLink() {
  return (
    <Alert color="orange" variant="light" title="This sign-in link no longer works" role="alert">
      A link signs in once, within ten minutes of being made. Make a new one with{' '}
      <Code>flotilla-control-plane sign-in-link</Code>, or use your access token here.
    </Alert>
  );
}
