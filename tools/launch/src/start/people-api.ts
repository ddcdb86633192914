import {
  DeviceDetail,
  DeviceSummary,
  FlotillaError,
  JoinTokenView,
  pageOf,
  ReleaseView,
  Rollout,
} from '@flotilla/contracts';
import { z } from 'zod';

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

const CreatedToken = z.object({ token: z.string(), view: JoinTokenView });
const Link = z.object({ path: z.string() });

export function createPeopleApi({
  url,
  token,
  signal,
}: {
  url: string;
  token: string;
  signal: AbortSignal;
}): PeopleApi {
  async function call<T extends z.ZodType>(answer: T, path: string, body?: unknown): Promise<z.output<T>> {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    const text = await response.text();
    if (response.status === 404) throw new FlotillaError('not-found', `${path} is not there`);
    if (!response.ok)
      throw new FlotillaError('unavailable', `${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return answer.parse(JSON.parse(text));
  }
  return {
    createJoinToken: async () => (await call(CreatedToken, '/v1/join-tokens', {})).token,
    findDevice: async (deviceId) => {
      const { items } = await call(
        pageOf(DeviceSummary),
        `/v1/devices?selector=${encodeURIComponent(`device=${deviceId}`)}`,
      );
      return items.length === 0 ? undefined : call(DeviceDetail, `/v1/devices/${deviceId}`);
    },
    releases: async () => (await call(pageOf(ReleaseView), '/v1/releases')).items,
    rollouts: async () => (await call(pageOf(Rollout), '/v1/rollouts')).items,
    startRollout: (release, selector) => call(Rollout, '/v1/rollouts', { release, selector }),
    signInLink: async () => `${url}${(await call(Link, '/v1/sign-in-links', {})).path}`,
  };
}
