import type {
  CreateHardwarePriceRequest,
  CreateJoinTokenRequest,
  CreateRolloutRequest,
  CreateTariffRequest,
  PlanRequest,
  UpdateDeviceRequest,
} from '@flotilla/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answerOf, plane } from './client.ts';

/* What people change through the API, as hooks. */

const v1 = plane.api.v1;

function useCall<Input, Output>(call: (input: Input) => Promise<Output>, stale: readonly string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: () => Promise.all(stale.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useSignIn = () =>
  useCall((token: string) => answerOf(v1.session.$post({ json: { token } })), ['session']);

/** Forgets everything that was read: the next person at this screen may have fewer rights. */
export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await v1.session.$delete();
    },
    onSuccess: () => client.resetQueries(),
  });
}

export const useUpdateDevice = (id: string) =>
  useCall(
    (json: UpdateDeviceRequest) =>
      answerOf(v1.devices[':deviceId'].$patch({ param: { deviceId: id }, json })),
    ['devices'],
  );

export const useCreateJoinToken = () =>
  useCall(
    (json: Partial<CreateJoinTokenRequest>) => answerOf(v1['join-tokens'].$post({ json })),
    ['join-tokens'],
  );

export const usePlan = () => useCall((json: PlanRequest) => answerOf(v1.plans.$post({ json })), []);

export const useCreateRollout = () =>
  useCall(
    (json: Pick<CreateRolloutRequest, 'release' | 'selector'>) => answerOf(v1.rollouts.$post({ json })),
    ['rollouts'],
  );

export const useRolloutVerb = (id: string) =>
  useCall(
    (action: 'pause' | 'resume' | 'cancel' | 'rollback') =>
      answerOf(v1.rollouts[':rolloutId'][':action'].$post({ param: { rolloutId: id, action } })),
    ['rollouts'],
  );

export const useAddTariff = () =>
  useCall((json: CreateTariffRequest) => answerOf(v1.tariffs.$post({ json })), ['cost', 'overview']);

export const useAddHardwarePrice = () =>
  useCall(
    (json: CreateHardwarePriceRequest) => answerOf(v1['hardware-prices'].$post({ json })),
    ['cost', 'overview'],
  );
