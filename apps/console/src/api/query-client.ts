import { isFlotillaError } from '@flotilla/contracts';
import { QueryCache, QueryClient } from '@tanstack/react-query';

/** True when the server no longer knows who asks. */
export const isSignedOut = (error: unknown): boolean =>
  isFlotillaError(error) && error.code === 'unauthenticated';

/** Live events invalidate what changed; the interval is only for what no event announces. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that ended shows first where something else is read: asking for it again leads to the sign-in page.
    onError: (error, query) => {
      if (isSignedOut(error) && query.queryKey[0] !== 'session')
        void queryClient.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchInterval: 30_000,
      retry: (failures, error) => failures < 3 && !(isFlotillaError(error) && !error.retryable),
    },
    mutations: { retry: false },
  },
});
