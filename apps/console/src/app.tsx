import { Center, Loader } from '@mantine/core';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { useLiveEvents } from './api/live.ts';
import { useSession } from './api/queries.ts';
import { isSignedOut } from './api/query-client.ts';
import { Frame } from './frame.tsx';
import { CostPage } from './pages/cost.tsx';
import { DevicePage } from './pages/device.tsx';
import { DevicesPage } from './pages/devices.tsx';
import { JoinPage } from './pages/join.tsx';
import { ModelsPage } from './pages/models.tsx';
import { NewRolloutPage } from './pages/new-rollout.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { ReleasePage } from './pages/release.tsx';
import { ReleasesPage } from './pages/releases.tsx';
import { RolloutPage } from './pages/rollout.tsx';
import { RolloutsPage } from './pages/rollouts.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { PageGuard } from './parts/page-guard.tsx';
import { CallerRoleProvider } from './parts/role.tsx';
import { ProblemAlert } from './parts/problem-alert.tsx';

export function App() {
  const session = useSession();
  const [path] = useLocation();
  const signedOut = isSignedOut(session.error);
  const live = useLiveEvents(session.data !== undefined && !signedOut);
  if (session.isPending) {
    return (
      <Center h="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  // An answer read earlier stays while the server is away, so that a restart of it does not sign anybody out.
  if (session.data === undefined || signedOut) {
    return <SignInPage notice={signedOut ? undefined : <ProblemAlert error={session.error} />} />;
  }
  return (
    <CallerRoleProvider value={session.data.role}>
      <Frame session={session.data} live={live}>
        <PageGuard key={path}>
          <Switch>
            <Route path="/" component={OverviewPage} />
            <Route path="/sign-in">
              <Redirect to="/" replace />
            </Route>
            <Route path="/devices" component={DevicesPage} />
            <Route path="/devices/join" component={JoinPage} />
            <Route path="/devices/:id">{({ id }) => <DevicePage key={id} id={id} />}</Route>
            <Route path="/models" component={ModelsPage} />
            <Route path="/releases" component={ReleasesPage} />
            <Route path="/releases/:ref">
              {({ ref }) => <ReleasePage key={ref} name={plainText(ref)} />}
            </Route>
            <Route path="/rollouts" component={RolloutsPage} />
            <Route path="/rollouts/new" component={NewRolloutPage} />
            <Route path="/rollouts/:id">{({ id }) => <RolloutPage key={id} id={id} />}</Route>
            <Route path="/cost" component={CostPage} />
            <Route component={NotFoundPage} />
          </Switch>
        </PageGuard>
      </Frame>
    </CallerRoleProvider>
  );
}

/** A part of the address as people wrote it: the router leaves `%40` as it is. */
function plainText(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
