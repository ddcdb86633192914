import { createPlaneClient } from '@flotilla/api-client';
import type { DeviceDetail, ReleaseView, Rollout } from '@flotilla/contracts';

/** The few calls of the control plane's API that a start makes. */
export interface PeopleApi {
  createJoinToken(): Promise<string>;
  findDevice(deviceId: string): Promise<DeviceDetail | undefined>;
  releases(): Promise<ReleaseView[]>;
  rollouts(): Promise<Rollout[]>;
  startRollout(release: string, selector: string): Promise<Rollout>;
  /** A link that signs a browser in once. */
  signInLink(): Promise<string>;
}

export function createPeopleApi({
  url,
  token,
  signal,
}: {
  url: string;
  token: string;
  signal: AbortSignal;
}): PeopleApi {
  const { v1 } = createPlaneClient({
    baseUrl: url,
    token,
    fetch: (input, init) => fetch(input, { ...init, signal }),
  }).api;
  return {
    createJoinToken: async () => (await (await v1['join-tokens'].$post({ json: {} })).json()).token,
    async findDevice(deviceId) {
      // By a list: a revoked device still has a page of its own.
      const found = await v1.devices.$get({ query: { selector: `device=${deviceId}` } });
      if ((await found.json()).items.length === 0) return undefined;
      return (await v1.devices[':deviceId'].$get({ param: { deviceId } })).json();
    },
    releases: async () => (await (await v1.releases.$get({ query: {} })).json()).items,
    rollouts: async () => (await (await v1.rollouts.$get({ query: {} })).json()).items,
    startRollout: async (release, selector) =>
      (await v1.rollouts.$post({ json: { release, selector } })).json(),
    signInLink: async () => `${url}${(await (await v1['sign-in-links'].$post()).json()).path}`,
  };
}
