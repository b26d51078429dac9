import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

/** The files of src/, each with those that it imports, types included. */
function imports(): Map<string, string[]> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(
    files.map((name) => {
      const text = readFileSync(join(SOURCE, name), 'utf8');
      const found = Array.from(text.matchAll(/(?:from|import) '(\.[^']+)\.js'/g), ([, path = '']) => path);
      return [name, found.map((path) => relative(SOURCE, join(SOURCE, dirname(name), `${path}.ts`)))];
    }),
  );
}

it('go in no circles', () => {
  const graph = imports();
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) throw new Error([...path.slice(path.indexOf(name)), name].join(' -> '));
    if (done.has(name)) return;
    for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  expect(graph.size).toBeGreaterThan(100);
  for (const name of graph.keys()) visit(name, []);
});
