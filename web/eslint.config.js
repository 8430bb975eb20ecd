import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/generated', 'public'] },
  ...tseslint.configs.strict,
  hooks.configs.flat['recommended-latest'],
  {
    rules: {
      'max-lines': ['error', 400],
      'no-restricted-properties': [
        'error',
        { property: 'dangerouslySetInnerHTML', message: 'What a model writes is never HTML: build elements.' },
        { property: 'innerHTML', message: 'What a model writes is never HTML: build elements.' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
)
