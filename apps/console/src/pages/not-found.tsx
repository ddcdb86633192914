import { TelescopeIcon } from '@primer/octicons-react';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';
import { To } from '../parts/to.tsx';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState icon={TelescopeIcon} title="There is no such page">
        Go back to the <To href="/">overview</To>.
      </EmptyState>
    </Page>
  );
}
