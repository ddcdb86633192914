import { QueryClient } from '@tanstack/react-query';
import { isFlotillaError } from '@flotilla/contracts';

/** Live events invalidate what changed; the interval is only for what no event announces. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchInterval: 30_000,
      retry: (failures, error) => failures < 3 && !(isFlotillaError(error) && !error.retryable),
    },
    mutations: { retry: false },
  },
});
