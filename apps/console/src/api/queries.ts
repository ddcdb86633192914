import {
  CostReport,
  type CreateJoinTokenRequest,
  type CreateRolloutRequest,
  DeviceDetail,
  DeviceProgress,
  DeviceSummary,
  FleetEvent,
  FleetOverview,
  JoinTokenView,
  Model,
  pageOf,
  PlanLine,
  type PlanRequest,
  ReleaseView,
  Role,
  Rollout,
  RolloutDecision,
  Series,
  type UpdateDeviceRequest,
} from '@flotilla/contracts';
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { z } from 'zod';
import { request } from './request.ts';

/** The people's API as hooks; the first word of a key is what live events make stale. */

const Session = z.object({ name: z.string(), role: Role });
const Plan = z.object({
  lines: z.array(PlanLine),
  fits: z.int(),
  doesNotFit: z.int(),
  downloadBytes: z.int(),
});
const CreatedToken = z.object({ token: z.string(), view: JoinTokenView });

function query(params: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    if (value !== undefined && value !== '') search.set(key, String(value));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

function usePages<T extends z.ZodType>(
  key: readonly unknown[],
  item: T,
  path: string,
  params: Record<string, string | number | undefined> = {},
) {
  const page = pageOf(item);
  const result = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => request(page, `${path}${query({ limit: 50, ...params, cursor: pageParam })}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
  return { ...result, items: result.data?.pages.flatMap((one) => one.items) ?? [] };
}

export const useSession = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: () => request(Session, '/v1/session'),
    retry: false,
    refetchInterval: false,
  });
export const useOverview = () =>
  useQuery({ queryKey: ['overview'], queryFn: () => request(FleetOverview, '/v1/overview') });
export const useDevices = (filter: { selector?: string; state?: string }) =>
  usePages(['devices', 'list', filter], DeviceSummary, '/v1/devices', filter);
export const useDevice = (id: string) =>
  useQuery({ queryKey: ['devices', id], queryFn: () => request(DeviceDetail, `/v1/devices/${id}`) });
export const useDeviceEvents = (id: string) =>
  usePages(['events', id], FleetEvent, `/v1/devices/${id}/events`, { limit: 20 });
export const useFleetEvents = () => usePages(['events', 'fleet'], FleetEvent, '/v1/events', { limit: 12 });
export const useModels = () => usePages(['models'], Model, '/v1/models');
export const useReleases = () => usePages(['releases'], ReleaseView, '/v1/releases');
export const useRollouts = () => usePages(['rollouts', 'list'], Rollout, '/v1/rollouts');
export const useRollout = (id: string) =>
  useQuery({ queryKey: ['rollouts', id], queryFn: () => request(Rollout, `/v1/rollouts/${id}`) });
export const useRolloutDevices = (id: string) =>
  usePages(['rollouts', id, 'devices'], DeviceProgress, `/v1/rollouts/${id}/devices`);
export const useRolloutDecisions = (id: string) =>
  usePages(['rollouts', id, 'decisions'], RolloutDecision, `/v1/rollouts/${id}/decisions`);
export const useJoinTokens = () => usePages(['join-tokens'], JoinTokenView, '/v1/join-tokens');

/** The last `spanMs` of one device in steps of `stepMs`. */
export const useSeries = (id: string, spanMs: number, stepMs: number) =>
  useQuery({
    queryKey: ['series', id, spanMs],
    queryFn: () => {
      const to = Math.ceil(Date.now() / stepMs) * stepMs;
      return request(Series, `/v1/devices/${id}/series${query({ from: to - spanMs, to, stepMs })}`);
    },
    placeholderData: keepPreviousData,
  });

export const useCost = (by: CostReport['by'], spanMs: number) =>
  useQuery({
    queryKey: ['cost', by, spanMs],
    queryFn: () => {
      const to = Date.now();
      return request(CostReport, `/v1/cost${query({ by, from: to - spanMs, to })}`);
    },
    placeholderData: keepPreviousData,
  });

function useCall<Input, Output>(call: (input: Input) => Promise<Output>, stale: readonly string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: () => Promise.all(stale.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useSignIn = () =>
  useCall(
    (token: string) => request(Session, '/v1/session', { method: 'POST', body: { token } }),
    ['session'],
  );
export const useSignOut = () =>
  useCall(() => request(z.undefined(), '/v1/session', { method: 'DELETE' }), ['session']);
export const useUpdateDevice = (id: string) =>
  useCall(
    (body: UpdateDeviceRequest) => request(DeviceDetail, `/v1/devices/${id}`, { method: 'PATCH', body }),
    ['devices'],
  );
export const useCreateJoinToken = () =>
  useCall(
    (body: Partial<CreateJoinTokenRequest>) =>
      request(CreatedToken, '/v1/join-tokens', { method: 'POST', body }),
    ['join-tokens'],
  );
export const usePlan = () =>
  useCall((body: PlanRequest) => request(Plan, '/v1/plans', { method: 'POST', body }), []);
export const useCreateRollout = () =>
  useCall(
    (body: Pick<CreateRolloutRequest, 'release' | 'selector'> & Partial<CreateRolloutRequest>) =>
      request(Rollout, '/v1/rollouts', { method: 'POST', body }),
    ['rollouts'],
  );
export const useRolloutVerb = (id: string) =>
  useCall(
    (verb: 'pause' | 'resume' | 'cancel' | 'rollback') =>
      request(Rollout, `/v1/rollouts/${id}/${verb}`, { method: 'POST' }),
    ['rollouts'],
  );
