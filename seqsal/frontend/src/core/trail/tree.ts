/** A version of a prompt. */
export interface Version {
  readonly id: string;
  /** The version that it was made from; null for none. */
  readonly parentId: string | null;
  readonly prompt: string;
  readonly target: string;
}

/** A version in the tree of all versions of a prompt. */
export interface Try {
  readonly version: Version;
  /** The version that it was made from; null for the first one. */
  readonly parent: Version | null;
  /** Counted from 1, in the order in which the versions were made. */
  readonly number: number;
  /** 0 for the first version, 1 for those made from it, and so on. */
  readonly depth: number;
}

/** The first version of a prompt; the version itself if its parents are not there. */
export function rootOf(versions: readonly Version[], id: string): Version | null {
  const byId = new Map(versions.map((version) => [version.id, version]));
  const seen = new Set<string>();
  let found = byId.get(id) ?? null;
  while (found?.parentId && !seen.has(found.id)) {
    seen.add(found.id);
    const parent = byId.get(found.parentId);
    if (!parent) break;
    found = parent;
  }
  return found;
}

/**
 * All versions of the prompt that a version belongs to, each after the one that it was made from. `versions` are all examples, in the
 * order in which they were made.
 */
export function treeOf(versions: readonly Version[], id: string): Try[] {
  const root = rootOf(versions, id);
  if (root === null) return [];
  const made = new Map<string, Version[]>();
  for (const version of versions) {
    if (version.parentId !== null) made.set(version.parentId, [...(made.get(version.parentId) ?? []), version]);
  }
  const tries: Omit<Try, 'number'>[] = [];
  const seen = new Set<string>();
  const add = (version: Version, parent: Version | null, depth: number): void => {
    if (seen.has(version.id)) return;
    seen.add(version.id);
    tries.push({ version, parent, depth });
    for (const child of made.get(version.id) ?? []) add(child, version, depth + 1);
  };
  add(root, null, 0);
  const order = versions.filter((version) => seen.has(version.id)).map((version) => version.id);
  return tries.map((each) => ({ ...each, number: order.indexOf(each.version.id) + 1 }));
}
