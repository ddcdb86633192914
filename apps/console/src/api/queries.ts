import type { CostBy, DeviceState } from '@flotilla/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answerOf, plane } from './client.ts';
import { usePages } from './use-pages.ts';

/* The people's API as hooks; the first word of a key is what live events make stale. */

const v1 = plane.api.v1;

export const useSession = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: () => answerOf(v1.session.$get()),
    retry: false,
    refetchInterval: false,
  });

export const useOverview = () =>
  useQuery({ queryKey: ['overview'], queryFn: () => answerOf(v1.overview.$get()) });

export const useDevices = (filter: { selector?: string; state?: DeviceState }, enabled = true) =>
  usePages({
    key: ['devices', 'list', filter],
    enabled,
    load: (query) => answerOf(v1.devices.$get({ query: { ...query, ...filter } })),
  });

export const useDevice = (id: string) =>
  useQuery({
    queryKey: ['devices', id],
    queryFn: () => answerOf(v1.devices[':deviceId'].$get({ param: { deviceId: id } })),
  });

export const useDeviceEvents = (id: string) =>
  usePages({
    key: ['events', id],
    limit: 20,
    load: (query) => answerOf(v1.devices[':deviceId'].events.$get({ param: { deviceId: id }, query })),
  });

export const useFleetEvents = () =>
  usePages({
    key: ['events', 'fleet'],
    limit: 100,
    load: (query) => answerOf(v1.events.$get({ query })),
  });

export const useModels = () =>
  usePages({ key: ['models'], load: (query) => answerOf(v1.models.$get({ query })) });

export const useReleases = () =>
  usePages({ key: ['releases', 'list'], load: (query) => answerOf(v1.releases.$get({ query })) });

export const useRelease = (ref: string) =>
  useQuery({
    queryKey: ['releases', 'one', ref],
    queryFn: () => answerOf(v1.releases[':ref'].$get({ param: { ref } })),
  });

export const useRollouts = () =>
  usePages({ key: ['rollouts', 'list'], load: (query) => answerOf(v1.rollouts.$get({ query })) });

export const useRollout = (id: string) =>
  useQuery({
    queryKey: ['rollouts', id],
    queryFn: () => answerOf(v1.rollouts[':rolloutId'].$get({ param: { rolloutId: id } })),
  });

export const useRolloutDevices = (id: string) =>
  usePages({
    key: ['rollouts', id, 'devices'],
    load: (query) => answerOf(v1.rollouts[':rolloutId'].devices.$get({ param: { rolloutId: id }, query })),
  });

/** Newest first. */
export const useRolloutDecisions = (id: string) =>
  usePages({
    key: ['rollouts', id, 'decisions'],
    limit: 50,
    load: (query) => answerOf(v1.rollouts[':rolloutId'].decisions.$get({ param: { rolloutId: id }, query })),
  });

export const useJoinTokens = () =>
  usePages({ key: ['join-tokens'], load: (query) => answerOf(v1['join-tokens'].$get({ query })) });

/** The last `spanMs` of one device in steps of `stepMs`. */
export const useSeries = (id: string, spanMs: number, stepMs: number) =>
  useQuery({
    queryKey: ['series', id, spanMs],
    queryFn: () => {
      const to = Math.ceil(Date.now() / stepMs) * stepMs;
      return answerOf(
        v1.devices[':deviceId'].series.$get({
          param: { deviceId: id },
          query: { from: String(to - spanMs), to: String(to), stepMs: String(stepMs) },
        }),
      );
    },
    placeholderData: keepPreviousData,
  });

export const useCost = (by: CostBy, spanMs: number) =>
  useQuery({
    queryKey: ['cost', by, spanMs],
    queryFn: () => {
      const to = Date.now();
      return answerOf(v1.cost.$get({ query: { by, from: String(to - spanMs), to: String(to) } }));
    },
    placeholderData: keepPreviousData,
  });
