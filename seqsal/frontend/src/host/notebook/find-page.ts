// How a notebook's cell finds the page that its kernel serves. The kernel writes what it knows into the cell; this code adds
// what only the browser knows.

/** What the kernel has written into the cell. */
export interface PageCell {
  readonly port: number;
  /** Further addresses that may lead to the port: complete ones, or paths on the notebook's server. */
  readonly addresses: readonly string[];
  /** The path, relative to the address, of a check that it is the right server. */
  readonly health: string;
  /** The path of the page, relative to the address. */
  readonly path: string;
  readonly height: number;
  readonly newTab: boolean;
  /** What the user can do if no address works. */
  readonly advice: string;
}

/** What the browser knows about the page that shows the cell. */
export interface Environment {
  readonly address: URL;
  /** Colab's function for the address of a port; null elsewhere. */
  readonly colab: ((port: number) => Promise<string>) | null;
  /** The base path of the Jupyter server, which only its own page knows; null elsewhere. */
  readonly jupyterBase: string | null;
  fetch(url: URL): Promise<Response>;
}

/** The address of the kernel's server, or null if no candidate works. */
export async function findPage(cell: PageCell, environment: Environment): Promise<URL | null> {
  // Colab allows a frame for the port but no request, so the address cannot be checked.
  if (environment.colab) return new URL(await environment.colab(cell.port));
  for (const address of addressesOf(cell, environment)) {
    if (await responds(address, cell.health, environment)) return address;
  }
  return null;
}

function addressesOf({ addresses, port }: PageCell, { address, jupyterBase }: Environment): URL[] {
  const proxied = jupyterBase === null ? [] : [`${jupyterBase.replace(/\/*$/, '/')}proxy/${String(port)}/`];
  // On a page from another machine, the local ports belong to other programs.
  const own = isHere(address) ? [`http://127.0.0.1:${String(port)}/`] : [];
  const urls = [...own, ...proxied, ...addresses]
    .filter((each) => URL.canParse(each, address))
    .map((each) => new URL(each, address));
  return [...new Map(urls.map((url) => [url.href, url])).values()];
}

/** Whether the page comes from this machine: from a local server or a program such as VS Code. */
function isHere({ protocol, hostname }: URL): boolean {
  return !protocol.startsWith('http') || /^(?:.*\.)?localhost$|^127\.|^\[::1\]$/.test(hostname);
}

async function responds(address: URL, health: string, environment: Environment): Promise<boolean> {
  try {
    const response = await environment.fetch(new URL(health, address));
    return response.ok && (await response.text()) === 'ok';
  } catch {
    return false;
  }
}
