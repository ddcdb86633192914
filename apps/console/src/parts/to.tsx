import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';

interface ToProps {
  href: string;
  children: ReactNode;
  /** Reads as text until it is pointed at or focused: for lists in which every line is a link. */
  plain?: boolean;
}

/** A link inside the console that looks and behaves like one. */
export function To({ href, children, plain = false }: ToProps) {
  return (
    <Anchor
      component={Link}
      href={href}
      style={{ overflowWrap: 'break-word' }}
      {...(plain ? { c: 'inherit', fz: 'inherit' } : { fw: 600, fz: 'inherit' })}
    >
      {children}
    </Anchor>
  );
}
