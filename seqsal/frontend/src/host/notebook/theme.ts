export type Theme = 'light' | 'dark';

/** The attributes by which notebooks tell their theme, on <html> or <body>. */
const ATTRIBUTES = ['class', 'theme', 'data-theme', 'data-jp-theme-light', 'data-vscode-theme-kind'];

/** Tells the theme of the notebook around, now and at each change, until the returned function is called. */
export function followNotebookTheme(tell: (theme: Theme) => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = (): void => {
    tell(themeOf(document) ?? (dark.matches ? 'dark' : 'light'));
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

/** What the page says of its theme: JupyterLab and Notebook 7, VS Code, Colab, marimo; null where it says nothing. */
export function themeOf({ documentElement, body }: Document): Theme | null {
  const { jpThemeLight, vscodeThemeKind } = body.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === 'false' ? 'dark' : 'light';
  if (vscodeThemeKind !== undefined) return /dark|black/.test(vscodeThemeKind) ? 'dark' : 'light';
  for (const element of [body, documentElement]) {
    for (const theme of ['dark', 'light'] as const) {
      const said = [element.getAttribute('theme'), element.dataset['theme']].includes(theme);
      if (said || element.matches(`.${theme}, .${theme}-theme`)) return theme;
    }
  }
  return null;
}
