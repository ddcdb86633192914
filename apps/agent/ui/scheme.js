const SCHEME = 'flotilla-scheme';

/** A switch between light and dark that overrides the system's choice, and is remembered. */
export function startScheme(button) {
  const isDark = () =>
    (document.documentElement.dataset.scheme ??
      (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const label = () => (button.textContent = isDark() ? 'Light' : 'Dark');
  const chosen = localStorage.getItem(SCHEME);
  if (chosen !== null) document.documentElement.dataset.scheme = chosen;
  label();
  button.addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.scheme = next;
    localStorage.setItem(SCHEME, next);
    label();
  });
}
