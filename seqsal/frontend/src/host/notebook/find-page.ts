// How a notebook's cell finds the page that its kernel serves. What it can tell from the kernel's side stands in the
// cell; what only the browser knows is asked for here.

/** What the kernel has written into the cell. */
export interface PageCell {
  readonly port: number;
  /** Addresses that may lead to the port beside its own: whole ones, or paths on the notebook's own server. */
  readonly addresses: readonly string[];
  /** Below the address: what says that it is the right server. */
  readonly health: string;
  /** Below the address: the page. */
  readonly path: string;
  readonly height: number;
  readonly newTab: boolean;
  /** What to do where no address leads to the port. */
  readonly advice: string;
}

/** What the browser knows about where the cell is shown. */
export interface Surroundings {
  readonly address: URL;
  /** Colab's own way to a port of the kernel; null elsewhere. */
  readonly colab: ((port: number) => Promise<string>) | null;
  /** The path of the Jupyter server, which only its own page knows for sure; null elsewhere. */
  readonly jupyterBase: string | null;
  fetch(url: URL): Promise<Response>;
}

/** The address of the kernel's server, or null where none of them leads to it. */
export async function findPage(cell: PageCell, around: Surroundings): Promise<URL | null> {
  // Colab lets a frame through to the port, and no request: there is nothing to try.
  if (around.colab) return new URL(await around.colab(cell.port));
  for (const address of addressesOf(cell, around)) {
    if (await answers(address, cell.health, around)) return address;
  }
  return null;
}

function addressesOf({ addresses, port }: PageCell, { address, jupyterBase }: Surroundings): URL[] {
  const proxied = jupyterBase === null ? [] : [`${jupyterBase.replace(/\/*$/, '/')}proxy/${String(port)}/`];
  // On a page of another machine, the ports of this one are somebody else's.
  const own = isHere(address) ? [`http://127.0.0.1:${String(port)}/`] : [];
  const urls = [...own, ...proxied, ...addresses]
    .filter((each) => URL.canParse(each, address))
    .map((each) => new URL(each, address));
  return [...new Map(urls.map((url) => [url.href, url])).values()];
}

/** Whether the page comes from this machine: from a local server, or from a program such as VS Code. */
function isHere({ protocol, hostname }: URL): boolean {
  return !protocol.startsWith('http') || /^(?:.*\.)?localhost$|^127\.|^\[::1\]$/.test(hostname);
}

async function answers(address: URL, health: string, around: Surroundings): Promise<boolean> {
  try {
    const response = await around.fetch(new URL(health, address));
    return response.ok && (await response.text()) === 'ok';
  } catch {
    return false;
  }
}
