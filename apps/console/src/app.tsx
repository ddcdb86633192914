import { Center, Loader } from '@mantine/core';
import { isFlotillaError } from '@flotilla/contracts';
import { Route, Switch } from 'wouter';
import { useLiveEvents } from './api/live.ts';
import { useSession } from './api/queries.ts';
import { ProblemAlert } from './parts/page.tsx';
import { DevicePage } from './pages/device.tsx';
import { DevicesPage } from './pages/devices.tsx';
import { JoinPage } from './pages/join.tsx';
import { ModelsPage } from './pages/models.tsx';
import { NewRolloutPage } from './pages/new-rollout.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { ReleasesPage } from './pages/releases.tsx';
import { RolloutPage } from './pages/rollout.tsx';
import { RolloutsPage } from './pages/rollouts.tsx';
import { CostPage } from './pages/cost.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { Frame } from './frame.tsx';

export function App() {
  const session = useSession();
  const live = useLiveEvents(session.data !== undefined);
  if (session.isPending) {
    return (
      <Center h="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (session.data === undefined) {
    const signedOut = isFlotillaError(session.error) && session.error.code === 'unauthenticated';
    return <SignInPage notice={signedOut ? undefined : <ProblemAlert error={session.error} />} />;
  }
  return (
    <Frame session={session.data} live={live}>
      <Switch>
        <Route path="/" component={OverviewPage} />
        <Route path="/devices" component={DevicesPage} />
        <Route path="/devices/join" component={JoinPage} />
        <Route path="/devices/:id">{({ id }) => <DevicePage id={id} />}</Route>
        <Route path="/models" component={ModelsPage} />
        <Route path="/releases" component={ReleasesPage} />
        <Route path="/rollouts" component={RolloutsPage} />
        <Route path="/rollouts/new" component={NewRolloutPage} />
        <Route path="/rollouts/:id">{({ id }) => <RolloutPage id={id} />}</Route>
        <Route path="/cost" component={CostPage} />
        <Route component={NotFoundPage} />
      </Switch>
    </Frame>
  );
}
