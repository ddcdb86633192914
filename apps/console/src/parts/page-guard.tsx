import { Component, type ReactNode } from 'react';
import { Page } from './page.tsx';
import { ProblemAlert } from './problem-alert.tsx';

interface PageGuardProps {
  children: ReactNode;
}

/** Keeps the navigation alive when a page fails to draw; keyed by the address, so that another page starts afresh. */
export class PageGuard extends Component<PageGuardProps, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(this: void, error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Page title="This page could not be shown">
        <ProblemAlert error={this.state.error} />
      </Page>
    );
  }
}
