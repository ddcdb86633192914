import { IconMapQuestion } from '@tabler/icons-react';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';
import { To } from '../parts/to.tsx';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState icon={IconMapQuestion} title="There is no such page">
        Go back to the <To href="/">overview</To>.
      </EmptyState>
    </Page>
  );
}
