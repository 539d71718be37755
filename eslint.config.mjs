import tseslint from 'typescript-eslint';

const oneWayOut = [
  { name: 'undici', message: 'Calls to the outside go through OutboundClient.' },
  { name: 'node:http', message: 'Calls to the outside go through OutboundClient.' },
  { name: 'node:https', message: 'Calls to the outside go through OutboundClient.' },
];

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'coverage/**',
      'bench/**',
      'demo/**',
      'docs/**',
      'scripts/**',
      '*.mjs',
      '*.cjs',
      'test/support/*.cjs',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.spec.ts'],
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'max-params': 'off',
      '@typescript-eslint/max-params': ['error', { max: 5 }],
      'no-restricted-imports': [
        'error',
        {
          paths: oneWayOut,
          patterns: [{ group: ['**/index'], message: 'Import the file that holds the thing.' }],
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Calls to the outside go through OutboundClient.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.name="forwardRef"]',
          message: 'A circle: split the room instead.',
        },
        {
          selector: 'MemberExpression[object.name="process"][property.name="env"]',
          message: 'Configuration comes from Config.',
        },
        { selector: 'ExportDefaultDeclaration', message: 'Exports have names.' },
      ],
    },
  },
  { files: ['src/outbound/**', 'src/demo/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['src/main.ts', 'src/**/*.cli.ts', 'src/demo/**', 'src/database/embedded-postgres.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['src/database/migrate.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: {
      // Bodies of HTTP answers are untyped on purpose: tests look at what a stranger would see.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
