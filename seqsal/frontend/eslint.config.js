import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** For each folder, the folders of src/ that its files must not import. Imports run one way, as README.md describes. */
const FORBIDDEN = {
  'core': ['elements', 'host'],
  'core/text': ['scores', 'state', 'trail', 'saved'],
  'core/scores': ['state', 'trail', 'saved'],
  'core/state': ['trail', 'saved'],
  'core/trail': ['saved'],
  'elements': ['host'],
  'elements/common': ['aggregates', 'text', 'toolbar', 'panels', 'view'],
  'elements/aggregates': ['text', 'toolbar', 'panels', 'view'],
  'elements/text': ['toolbar', 'panels', 'view'],
  'elements/toolbar': ['text', 'panels', 'view'],
  'elements/panels': ['toolbar', 'view'],
  'host/lit': ['notebook', 'saved'],
  'host/notebook': ['lit', 'saved'],
  'host/saved': ['lit', 'notebook'],
};

/** A later block of ESLint's configuration replaces an earlier one, so each folder repeats what holds for the one around it. */
function boundaries() {
  return Object.entries(FORBIDDEN).map(([folder, siblings]) => {
    const [outer] = folder.split('/');
    const around = outer === folder ? [] : (FORBIDDEN[outer] ?? []);
    const inside = outer === folder ? siblings.map((name) => `**/${name}/**`) : siblings.map((name) => `../${name}/**`);
    const group = [
      ...inside,
      ...around.map((name) => `**/${name}/**`),
      ...(outer === 'core' ? ['lit', 'lit/*', '@lit/*'] : []),
    ];
    const message = `src/${folder} must not import this: imports run one way, host -> elements -> core (README.md).`;
    return {
      files: [`src/${folder}/**/*.ts`],
      rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
    };
  });
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/dot-notation': 'off', // tsconfig's noPropertyAccessFromIndexSignature asks for the brackets
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'max-lines': ['error', { max: 250, skipBlankLines: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'dev/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['scripts/**/*.js'],
    languageOptions: { globals: { URL: 'readonly', console: 'readonly', process: 'readonly' } },
  },
  ...boundaries(),
  {
    // No element fetches, and no core function touches the page.
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'document', 'window', 'fetch', 'HTMLElement', 'customElements'] },
  },
  { files: ['src/elements/**/*.ts'], rules: { 'no-restricted-globals': ['error', 'fetch', 'XMLHttpRequest'] } },
);
