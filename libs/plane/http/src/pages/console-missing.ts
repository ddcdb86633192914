import { plainPage } from './plain-page.ts';

/** What stands at `/` while the console is not built. */
export function consoleMissingPage(): string {
  return plainPage({
    title: 'Flotilla control plane',
    body: `<p>The control plane runs. Its console is not built yet:</p>
<pre>npx nx run console:build</pre>
<p>Then reload this page. The API is described at <a href="/reference">/reference</a>.</p>`,
  });
}
