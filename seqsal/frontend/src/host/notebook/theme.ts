export type Theme = 'light' | 'dark';

/** The attributes of <html> or <body> that show a notebook's theme. */
const ATTRIBUTES = ['class', 'theme', 'data-theme', 'data-jp-theme-light', 'data-vscode-theme-kind'];

/** Calls `onTheme` with the notebook's theme, now and at each change, until the returned function is called. */
export function followNotebookTheme(onTheme: (theme: Theme) => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = (): void => {
    onTheme(themeOf(document) ?? (dark.matches ? 'dark' : 'light'));
  };
  const observer = new MutationObserver(follow);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributeFilter: ATTRIBUTES });
  }
  dark.addEventListener('change', follow);
  follow();
  return () => {
    observer.disconnect();
    dark.removeEventListener('change', follow);
  };
}

/** The theme of JupyterLab, Notebook 7, VS Code, Colab or marimo; null if the page does not show it. */
export function themeOf({ documentElement, body }: Document): Theme | null {
  const { jpThemeLight, vscodeThemeKind } = body.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === 'false' ? 'dark' : 'light';
  if (vscodeThemeKind !== undefined) return /dark|black/.test(vscodeThemeKind) ? 'dark' : 'light';
  for (const element of [body, documentElement]) {
    for (const theme of ['dark', 'light'] as const) {
      const matches = [element.getAttribute('theme'), element.dataset['theme']].includes(theme);
      if (matches || element.matches(`.${theme}, .${theme}-theme`)) return theme;
    }
  }
  return null;
}
