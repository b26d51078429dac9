import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports run inwards only: core imports nothing, elements import core, host imports both. */
function ring(folder, outer) {
  const message = `src/${folder} may not import this: imports run inwards only, host -> elements -> core.`;
  const patterns = outer.map((name) => ({ group: name, message }));
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
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
  ring('core', [['**/elements/**', '**/host/**', 'lit', 'lit/*', '@lit/*']]),
  ring('elements', [['**/host/**']]),
  {
    // No element fetches, and no core function touches the page.
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'document', 'window', 'fetch', 'HTMLElement', 'customElements'] },
  },
  { files: ['src/elements/**/*.ts'], rules: { 'no-restricted-globals': ['error', 'fetch', 'XMLHttpRequest'] } },
);
