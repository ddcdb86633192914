import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';

export interface ListPage<Item> {
  items: Item[];
  next?: string | undefined;
}

/** `?limit=&cursor=` of a list; the server reads numbers from text. */
export interface PageQuery {
  limit: string;
  cursor?: string;
}

interface PagesOptions<Item> {
  key: readonly unknown[];
  /** Items per page; default 50. */
  limit?: number;
  enabled?: boolean;
  load: (query: PageQuery) => Promise<ListPage<Item>>;
}

/** A list of the API, read page by page. */
export function usePages<Item>({ key, limit = 50, enabled = true, load }: PagesOptions<Item>) {
  const result = useInfiniteQuery({
    queryKey: key,
    enabled,
    queryFn: ({ pageParam }) =>
      load({ limit: String(limit), ...(pageParam === undefined ? {} : { cursor: pageParam }) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
  return { ...result, items: result.data?.pages.flatMap((page) => page.items) ?? [] };
}
