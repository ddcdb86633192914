import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';

/** A link inside the console that looks and behaves like one. */
export function To({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Anchor component={Link} href={href} fw={600} style={{ overflowWrap: 'anywhere' }}>
      {children}
    </Anchor>
  );
}
