import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Role } from '@flotilla/contracts';
import {
  CpuIcon,
  CreditCardIcon,
  GraphIcon,
  MoonIcon,
  PackageIcon,
  PersonIcon,
  RocketIcon,
  SignOutIcon,
  StackIcon,
  SunIcon,
} from '@primer/octicons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { useSignOut } from './api/calls.ts';

const PLACES = [
  { href: '/', label: 'Overview', icon: GraphIcon },
  { href: '/devices', label: 'Devices', icon: CpuIcon },
  { href: '/models', label: 'Models', icon: PackageIcon },
  { href: '/releases', label: 'Releases', icon: StackIcon },
  { href: '/rollouts', label: 'Rollouts', icon: RocketIcon },
  { href: '/cost', label: 'Cost', icon: CreditCardIcon },
] as const;

interface FrameProps {
  session: { name: string; role: Role };
  live: boolean;
  children: ReactNode;
}

/** Header, navigation and the page between them. */
export function Frame({ session, live, children }: FrameProps) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const [location] = useLocation();
  const signOut = useSignOut();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(location);
  useEffect(() => {
    if (shown.current === location) return;
    shown.current = location;
    close();
    // A page that changes in place would leave a keyboard or a screen reader at the link that led here.
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [close, location]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'lg' }}
    >
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <AppShell.Header bg="var(--flotilla-panel)">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Navigation"
              aria-expanded={opened}
            />
            <Group
              component={Link}
              {...{ href: '/' }}
              gap={10}
              wrap="nowrap"
              style={{ textDecoration: 'none', color: 'inherit' }}
            >
              <img src="/favicon.svg" width={28} height={28} alt="" />
              <Text fw={700} fz={18}>
                Flotilla
              </Text>
            </Group>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Tooltip label={live ? 'Changes appear as they happen' : 'Trying to reach the control plane'}>
              <Group gap={6} wrap="nowrap" role="status" aria-label="Connection">
                <span
                  aria-hidden
                  style={{
                    width: 8,
                    height: 8,
                    borderRadius: 4,
                    background: live ? 'var(--mantine-color-teal-6)' : 'var(--mantine-color-orange-6)',
                  }}
                />
                <Text component="span" size="sm" c="dimmed">
                  {live ? 'live' : 'reconnecting'}
                </Text>
              </Group>
            </Tooltip>
            <SchemeToggle />
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="subtle" size="lg" color="gray" aria-label="Account">
                  <PersonIcon size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>
                  {session.name} · {session.role}
                </Menu.Label>
                <Menu.Item leftSection={<SignOutIcon size={16} />} onClick={() => signOut.mutate(undefined)}>
                  Sign out
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        p="sm"
        bg="var(--flotilla-panel)"
        aria-label="Main"
        data-closed={opened ? undefined : true}
      >
        {PLACES.map(({ href, label, icon: Glyph }) => {
          const active = href === '/' ? location === '/' : location.startsWith(href);
          return (
            <NavLink
              key={href}
              component={Link}
              href={href}
              label={label}
              active={active}
              aria-current={active ? 'page' : undefined}
              leftSection={<Glyph size={18} />}
              style={{ borderRadius: 'var(--mantine-radius-md)' }}
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  return (
    <ActionIcon
      variant="subtle"
      size="lg"
      color="gray"
      aria-label={dark ? 'Use light colours' : 'Use dark colours'}
      onClick={() => setColorScheme(dark ? 'light' : 'dark')}
    >
      {dark ? <SunIcon size={18} /> : <MoonIcon size={18} />}
    </ActionIcon>
  );
}
