import { type Role, ROLES } from '@flotilla/contracts';
import { Button, type ButtonProps, Text, Tooltip } from '@mantine/core';
import { createContext, type ReactNode, useContext } from 'react';
import { Link } from 'wouter';

/** The role of whoever is signed in. The server checks every request; this only says beforehand what it will not take. */
const CallerRole = createContext<Role>('viewer');
export const CallerRoleProvider = CallerRole.Provider;

export function useMay(needs: Role): { may: boolean; reason: string } {
  const role = useContext(CallerRole);
  return {
    may: ROLES.indexOf(role) >= ROLES.indexOf(needs),
    reason: `Only ${needs === 'admin' ? 'an admin' : `an ${needs} or an admin`} may do this; you are signed in as ${role}.`,
  };
}

interface RoleButtonProps extends ButtonProps {
  needs: Role;
  children: ReactNode;
  onClick?: () => void;
  type?: 'button' | 'submit';
  /** A page of the console; then it is a link. */
  href?: string;
}

/** A button that who has too small a role sees and cannot press; it says why, also to a keyboard and a finger. */
export function RoleButton({ needs, href, onClick, type = 'button', children, ...rest }: RoleButtonProps) {
  const { may, reason } = useMay(needs);
  if (!may) {
    return (
      <Tooltip label={reason} events={{ hover: true, focus: true, touch: true }} multiline maw={320}>
        <Button {...rest} type="button" data-disabled aria-disabled aria-description={reason}>
          {children}
        </Button>
      </Tooltip>
    );
  }
  if (href !== undefined) {
    return (
      <Button {...rest} component={Link} href={href}>
        {children}
      </Button>
    );
  }
  return (
    <Button {...rest} type={type} onClick={onClick}>
      {children}
    </Button>
  );
}

/** A form, or for who may not send it the reason in its place. */
export function ForRole({ needs, children }: { needs: Role; children: ReactNode }) {
  const { may, reason } = useMay(needs);
  if (may) return children;
  return (
    <Text c="dimmed" size="sm">
      {reason}
    </Text>
  );
}
