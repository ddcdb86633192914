import { releaseName } from '@flotilla/contracts';
import { useRelease } from '../api/queries.ts';
import { Ago } from '../parts/ago.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Panel } from '../parts/panel.tsx';
import { ReleaseBody } from '../parts/release-body.tsx';

/** One release by its address: `assistant@3`, `assistant` for its newest, or a digest. */
export function ReleasePage({ name }: { name: string }) {
  const release = useRelease(name);
  const view = release.data;
  return (
    <Page
      title={view === undefined ? name : releaseName(view.release)}
      subtitle={
        view && (
          <>
            <Ago at={view.release.createdAt} /> by {view.createdBy}
          </>
        )
      }
    >
      <Loaded query={release}>
        {(data) => (
          <Panel>
            <ReleaseBody view={data} />
          </Panel>
        )}
      </Loaded>
    </Page>
  );
}
